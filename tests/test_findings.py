"""docs/findings.md reports what the shipped studies hold, and they hold what the engine computes."""

from dataclasses import replace

import numpy as np
import pytest

from scripts.findings import DOCUMENT, GUIDED_STUDY, STUDY, tables, with_tables
from scripts.findings_guided import guided_claims
from scripts.shipped_study import FOLDERS, MODELS, SETTINGS, TRAINED, study_prompts
from strace_core import load_model, trace_prompt
from strace_core.study import Study, load_study
from tests.core.studies import random_study

BASELINES = ("random", "backbone", "complement")


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(STUDY)


@pytest.fixture(scope="module")
def guided() -> Study:
    return load_study(GUIDED_STUDY)


def test_the_document_has_the_tables_of_the_studies(study: Study, guided: Study) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"<!-- {name} -->" in text for name in tables(study, guided))
    assert with_tables(text, study, guided) == text, "python -m scripts.findings --write"


def test_the_guided_study_is_of_the_same_prompts_in_the_trained_models(study: Study, guided: Study) -> None:
    assert FOLDERS["guided"] == GUIDED_STUDY and SETTINGS["guided"].models == TRAINED
    wanted = study.only(models=TRAINED)
    assert guided.models == list(TRAINED) and guided.searches == guided.settings["searches"] == ["guided"]
    assert guided.runs["prompt_id"].tolist() == wanted.runs["prompt_id"].tolist()
    assert guided.traced["n_edges"].tolist() == wanted.traced["n_edges"].tolist()
    assert np.abs(guided.sizes["tv_best_first"] - wanted.sizes["tv"]).max() < 0.01
    assert (guided.traced["auc_tv_log"].to_numpy() <= wanted.traced["auc_tv_log"].to_numpy() + 0.01).all()


def test_claims_are_told_by_model_and_search_as_far_as_guided_runs_bear_on_them() -> None:
    best_first, found = random_study(1, TRAINED, 11), random_study(2, TRAINED, 11, search="guided")
    without_baselines = found.sizes.assign(**{f"tv_{name}": np.float32("nan") for name in BASELINES})
    table = guided_claims(best_first, replace(found, sizes=without_baselines))
    rows = [line for line in table.splitlines() if line.startswith("| **density follows entropy.**")]
    assert len(rows) == 1 and rows[0].count("[") == 2 * len(TRAINED), "an interval by model and search"
    assert table.endswith("untrained twins: construction is chosen, construction is learned.")
    assert "| **construction is chosen" not in table


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
