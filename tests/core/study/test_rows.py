from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from strace_core import load_model, trace_prompt
from strace_core.errors import FileError, PromptError
from strace_core.model.sources.bundled import BUNDLED_MODELS_DIR
from strace_core.study.prompts import StudyPrompt
from strace_core.study.rows import failed_run, traced_run
from strace_core.study.schema import RUNS, SIZES
from strace_core.study.unigrams import Unigrams, closeness_to_unigrams, unigrams_of
from tests.core.tiny_models import tiny_model

PROMPT = StudyPrompt("france", "The capital of France is", " Paris", "capitals")


@pytest.fixture(scope="module")
def result():
    return trace_prompt(
        load_model("demo-llama"), PROMPT.text, target=PROMPT.target, baselines=("random", "backbone", "complement")
    )


def test_a_run_says_of_its_prompt_what_the_trace_does(result) -> None:
    run = traced_run(PROMPT, "a model", result, None)
    assert run.run.schema == RUNS and run.sizes.schema == SIZES and run.key == ("a model", "l1", "best-first", "france")
    (row,) = run.run.to_pylist()
    full = result.curve.iloc[-1]
    assert (row["group"], row["text"], row["target"], row["error"]) == ("capitals", PROMPT.text, " Paris", None)
    assert (row["n_tokens"], row["n_layers"], row["n_heads"], row["n_edges"]) == (6, 6, 8, result.n_edges)
    assert row["n_path"] == 12 and row["n_backbone"] == int(full["residual_attn"] + full["residual_mlp"] + full["mlp"])
    assert row["connected"] == result.trace.connected and row["backbone"] == result.trace.backbone
    assert row["entropy"] == pytest.approx(full["entropy"], abs=1e-5)
    assert row["surprisal"] == pytest.approx(full["surprisal"], abs=1e-5)
    assert row["target_surprisal"] == pytest.approx(full["target_surprisal"], abs=1e-5)
    assert row["top1_text"] == result.top_tokens(k=1)["text"][0]
    assert row["auc_tv_log"] == result.density.auc_tv_log and row["auc_tv"] == result.density.auc_tv


def test_components_are_active_from_their_entry_on(result) -> None:
    (row,) = traced_run(PROMPT, "a model", result, None).run.to_pylist()
    entries = np.array(row["entries"]).reshape(6, 9)
    for number, size in enumerate(result.curve["n_edges"]):
        active = entries <= size
        assert active[:, :8].sum() == result.curve["n_heads_active"][number]
        assert active[:, 8].sum() == result.curve["n_mlps_active"][number]


def test_sizes_are_the_curve_with_baselines_and_depth(result) -> None:
    table = traced_run(PROMPT, "a model", result, None).sizes.to_pandas()
    assert table["n_edges"].tolist() == result.curve["n_edges"].tolist()
    for name in ("tv", "kl", "entropy", "surprisal", "target_surprisal", "top_k_overlap", "fraction"):
        assert np.allclose(table[name], result.curve[name], rtol=1e-6, atol=1e-7)
    for name in ("residual_attn", "attention", "residual_mlp", "mlp", "shared_nucleus", "top1_match", "connected"):
        assert (table[name] == result.curve[name]).all()
    for name, curve in result.baselines.items():
        assert np.allclose(table[f"tv_{name}"], curve["tv"], atol=1e-7)
    assert (table["residual"] == 0).all() and table["unigram_tv"].isna().all()
    # Six blocks in four parts: 0 and 1, 2, 3 and 4, 5.
    for size, row in table.set_index("n_edges").iterrows():
        layers = result.edges["layer"].iloc[:size]
        assert [row[f"depth_{part}"] for part in (1, 2, 3, 4)] == [
            layers.isin(blocks).sum() for blocks in ([0, 1], [2], [3, 4], [5])
        ]


def test_a_parallel_model_has_the_one_kind_of_skip() -> None:
    model = tiny_model("gpt_neox")
    result = trace_prompt(model, [1, 2, 3], sizes=[0, 5, 1.0])
    assert model.spec.parallel
    run = traced_run(StudyPrompt("a", "x"), "tiny", result, None)
    table = run.sizes.to_pandas()
    assert (table["residual_attn"] == 0).all() and (table["residual"] == result.curve["residual"]).all()
    assert run.run["n_path"][0].as_py() == model.spec.n_layers
    assert table[["tv_random", "tv_best_first", "target_surprisal"]].isna().all(axis=None)


def test_a_guided_run_has_the_papers_order_beside_it() -> None:
    model = tiny_model("llama")
    guided, plain = (
        trace_prompt(model, [1, 2, 3, 4], search=search, effort=0.1, sizes=[0, 5, 20, 1.0])
        for search in ("guided", "best-first")
    )
    run = traced_run(PROMPT, "tiny", guided, None)
    assert run.key == ("tiny", "l1", "guided", "france") and run.sizes["search"].unique().to_pylist() == ["guided"]
    assert run.run["auc_tv_log"][0].as_py() == guided.density.auc_tv_log
    assert np.allclose(run.sizes["tv"], guided.curve["tv"], atol=1e-7)
    assert np.allclose(run.sizes["tv_best_first"], plain.curve["tv"], atol=1e-5)


def test_a_prompt_that_failed() -> None:
    run = failed_run(PROMPT, "a model", "l2", "guided", PromptError("too long"))
    (row,) = run.run.to_pylist()
    assert run.key == ("a model", "l2", "guided", "france") and run.error == row["error"] == "too long"
    assert {name for name, value in row.items() if value is not None} == {
        "model", "score", "search", "prompt_id", "group", "text", "target", "error",
    }  # fmt: skip
    assert run.sizes.num_rows == 0
    assert failed_run(PROMPT, "a model", "l2", "guided", MemoryError()).error == "MemoryError"


def test_closeness_to_counts_by_hand_and_by_scipy() -> None:
    unigrams = Unigrams(np.array([4, 2, 2, 0]))
    q = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.25, 0.25, 0.5], [0.25, 0.25, 0.25, 0.25], [0.4, 0.3, 0.2, 0.1]])
    tv, rank = closeness_to_unigrams(unigrams, q)
    assert tv.tolist() == pytest.approx([0, 0.5, 0.25, 0.15])
    assert rank[0] == pytest.approx(1) and rank[1] == pytest.approx(-1) and np.isnan(rank[2])
    assert rank[3] == pytest.approx(spearmanr(unigrams.counts, q[3]).statistic)


def test_counts_come_with_bundled_models_and_their_twins(result) -> None:
    found = unigrams_of("demo-llama:untrained", 4096)
    assert found is not None and found.counts.tolist() == unigrams_of("demo-llama", 4096).counts.tolist()
    table = traced_run(PROMPT, "demo-llama", result, found).sizes.to_pandas()
    full = table.iloc[-1]
    p = result.probabilities()
    assert full["unigram_tv"] == pytest.approx(np.abs(p - found.distribution).sum() / 2, abs=1e-5)
    assert full["unigram_rank"] == pytest.approx(spearmanr(p, found.counts).statistic, abs=1e-3)


def test_counts_of_a_directory_are_checked(tmp_path: Path) -> None:
    assert unigrams_of(str(tmp_path), 3) is None
    place = tmp_path / "unigram_counts.npz"
    np.savez(place, counts=np.array([1, 0, 5]))
    assert unigrams_of(str(tmp_path), 3).counts.tolist() == [1, 0, 5]
    with pytest.raises(FileError, match="expected 4 non-negative counts"):
        unigrams_of(str(tmp_path), 4)
    for wrong in (np.array([1, -1, 5]), np.array([0, 0, 0]), np.array([0.5, 1, 1])):
        np.savez(place, counts=wrong)
        with pytest.raises(FileError, match="expected 3 non-negative counts"):
            unigrams_of(str(tmp_path), 3)
    for content in (b"nonsense", (BUNDLED_MODELS_DIR / "unigram_counts.npz").read_bytes()[:50]):
        place.write_bytes(content)
        with pytest.raises(FileError, match="cannot be read as token counts"):
            unigrams_of(str(tmp_path), 3)
