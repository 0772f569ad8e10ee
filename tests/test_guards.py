"""The guards of the test run itself are on: each is shown to fail."""

import os
import socket
import warnings

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from strace_core.graph.layout import EdgeLayout
from strace_core.trace.growth import grow_best_first


def test_array_types_are_checked() -> None:
    layout = EdgeLayout(n_layers=2, n_heads=3, n_tokens=5)
    with pytest.raises(TypeCheckError, match="scores"):
        grow_best_first(layout, np.zeros((2, layout.n_edges)))
    with pytest.raises(TypeCheckError, match="scores"):
        grow_best_first(layout, np.zeros(layout.n_edges, dtype=np.int64))


def test_no_other_machine_is_reached() -> None:
    with socket.socket() as outside, pytest.raises(AssertionError, match="tried to reach"):
        outside.connect(("192.0.2.1", 80))


def test_a_warning_is_an_error() -> None:
    with pytest.raises(UserWarning, match="said so"):
        warnings.warn("said so", UserWarning, stacklevel=1)


def test_a_process_beside_others_has_one_thread() -> None:
    wanted = 1 if "PYTEST_XDIST_WORKER" in os.environ else int(os.environ["OMP_NUM_THREADS"])
    assert torch.get_num_threads() == wanted
