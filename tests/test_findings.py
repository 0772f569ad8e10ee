"""What docs/findings.md tells is what the shipped study holds, and that is what the engine computes."""

import numpy as np
import pytest

from scripts.findings import DOCUMENT, STUDY, TABLES, with_tables
from scripts.shipped_study import MODELS, study_prompts
from strace_core import Study, load_model, load_study, trace_prompt

BASELINES = ("random", "backbone", "complement")


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(STUDY)


def test_the_document_has_the_tables_of_the_study(study: Study) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in TABLES)
    assert with_tables(text, study) == text, "python -m scripts.findings --write"


def test_the_study_is_of_the_prompts_that_its_script_makes(study: Study) -> None:
    prompts = study_prompts()
    assert len(prompts) >= 500 and study.models == list(MODELS)
    wanted = [(prompt.id, prompt.text, prompt.target, prompt.group) for prompt in prompts]
    for model in MODELS:
        runs = study.runs[study.runs["model"] == model]
        found = runs[["prompt_id", "text", "target", "group"]].itertuples(index=False, name=None)
        assert list(found) == wanted


@pytest.mark.parametrize("model", ["demo-llama", "demo-gpt2"])
@pytest.mark.parametrize("prompt_id", ["capital 1", "prose 12 3", "prose 24 2 shuffled"])
def test_a_run_is_what_a_trace_gives_today(study: Study, model: str, prompt_id: str) -> None:
    run = study.runs[(study.runs["model"] == model) & (study.runs["prompt_id"] == prompt_id)].iloc[0]
    result = trace_prompt(load_model(model), run["text"], target=run["target"], baselines=BASELINES)
    assert run["n_edges"] == result.n_edges and run["connected"] == result.trace.connected
    assert run["auc_tv_log"] == pytest.approx(result.density.auc_tv_log, abs=0.01)
    sizes = study.sizes[(study.sizes["model"] == model) & (study.sizes["prompt_id"] == prompt_id)]
    assert sizes["n_edges"].tolist() == result.curve["n_edges"].tolist()
    assert np.abs(sizes["tv"].to_numpy() - result.curve["tv"].to_numpy()).max() < 0.01
    for name in BASELINES:
        found = np.abs(sizes[f"tv_{name}"].to_numpy() - result.baselines[name]["tv"].to_numpy())
        assert np.median(found) < 0.01, "an order of near ties may swap, and a few sizes with it"
