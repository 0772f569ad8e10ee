import numpy as np
import pytest

from strace_core import StateDetail
from strace_explorer.charts import state_lens
from tests.app.details import tokens


def test_the_lens_pairs_the_tokens_of_both_states() -> None:
    frame = state_lens.frame(StateDetail(tokens(Paris=0.6, London=0.3), tokens(the=0.5, London=0.2), False))
    assert frame["token"].tolist() == ["·Paris", "·London", "·the"] * 2
    assert frame.query("side == 'full model'")["value"].tolist() == pytest.approx([0.6, 0.3, np.nan], nan_ok=True)
    assert frame.query("side == 'subgraph'")["value"].tolist() == pytest.approx([np.nan, 0.2, 0.5], nan_ok=True)
    assert frame["explained"].iloc[0] == "0.600 in the full model, not among the top tokens in the subgraph"
    (bars, _) = state_lens.draw(StateDetail(tokens(Paris=0.6), tokens(the=0.5), False)).spec["layer"]
    assert bars["encoding"]["x"]["scale"]["domain"] == [0, 1]


def test_the_alt_text_says_what_is_missing() -> None:
    words = state_lens.draw(StateDetail(tokens(Paris=0.6), tokens(the=0.5), False)).alt
    assert "·Paris: full model 0.60, subgraph not among the top tokens; " in words
    assert "·the: full model not among the top tokens, subgraph 0.50." in words
