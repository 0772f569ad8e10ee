"""The checker of array types sees into containers, and leaves every other mistake to strace_core."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from jaxtyping import Float, Int, TypeCheckError
from torch import Tensor

from tests.array_types import check

Resid = Float[Tensor, "token d_model"]
Ids = Int[np.ndarray, "token"]
RESID, IDS = torch.zeros(3, 5), np.arange(3)


@check
@dataclass(frozen=True, eq=False, slots=True)
class States:
    resid: Resid
    ids: Ids


@check
@dataclass(frozen=True, eq=False, slots=True)
class Others:
    """Like ``States``, whose code is equal, with another dtype."""

    ids: Ids
    more: Ids


@check
def unembed(resid: Resid, weight: Float[Tensor, "d_model d_vocab"]) -> Float[Tensor, "token d_vocab"]:
    return resid @ weight


@check
def turned(resid: Resid) -> Resid:
    return resid.T


@check
def several(
    pair: tuple[Resid, Ids] | None = None,
    row: Sequence[Resid] = (),
    table: Mapping[str, Resid] | None = None,
    count: int = 0,
) -> Iterator[Resid]:
    yield RESID


@pytest.mark.parametrize(
    "call",
    [
        lambda: States(RESID, IDS),
        lambda: Others(IDS, IDS),
        lambda: unembed(RESID, torch.zeros(5, 7)),
        lambda: turned(torch.zeros(3, 3)),
        lambda: several(),
        lambda: several((RESID, IDS), [RESID, RESID], {"a": RESID}),
        lambda: several(count="not a number"),  # type: ignore[arg-type]
    ],
)
def test_what_fits_passes(call: Callable[[], Any]) -> None:
    assert call() is not None


@pytest.mark.parametrize(
    "call",
    [
        lambda: States(RESID, np.arange(4)),
        lambda: States(RESID.flatten(), IDS),
        lambda: Others(RESID, IDS),  # type: ignore[arg-type]
        lambda: Others(IDS, more=np.arange(4)),
        lambda: unembed(RESID, torch.zeros(4, 7)),
        lambda: unembed(RESID.long(), torch.zeros(5, 7)),
        lambda: unembed([[0.0] * 5] * 3, torch.zeros(5, 7)),  # type: ignore[arg-type]
        lambda: turned(RESID),
        lambda: several((RESID, RESID)),  # type: ignore[arg-type]
        lambda: several((RESID,)),  # type: ignore[arg-type]
        lambda: several("a text"),  # type: ignore[arg-type]
        lambda: several(row=[RESID, torch.zeros(4, 5)]),
        lambda: several(table={"a": RESID.flatten()}),
    ],
)
def test_what_does_not_fit_fails(call: Callable[[], Any]) -> None:
    with pytest.raises(TypeCheckError):
        call()


def test_what_names_no_array_is_left_as_it_is() -> None:
    def plain(count: int) -> str:
        return str(count)

    assert check(plain) is plain
