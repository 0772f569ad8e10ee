"""The tables of docs/findings.md, from the studies that come with the explorer.

    python -m scripts.findings [--study FOLDER] [--guided FOLDER] [--write]

Prints them as Markdown; with ``--write`` they take the place of those in the document, between the comments that name
them. The words around them are written by hand: read them again when the numbers change.
"""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from scipy.stats import spearmanr

import strace_core as s
from scripts.findings_guided import GUIDED_TABLES
from scripts.markdown import interval, markdown
from strace_core.study import Study

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "assets" / "study"
GUIDED_STUDY = ROOT / "assets" / "study_guided"
DOCUMENT = ROOT / "docs" / "findings.md"

DRILLS, PROSE = "drills", "prose"


def claims(study: Study) -> str:
    """Every claim: the paper's figure, ours by model, the untrained twin's in parentheses, the verdict."""
    table = s.claims(study)
    models = [model for model in study.models if not model.endswith(":untrained")]
    rows = []
    for name, of_claim in table.groupby("claim", sort=False):
        first = of_claim.iloc[0]
        cells = [_claim_cell(of_claim, model) for model in models]
        paper = "" if pd.isna(first["paper"]) else f"{first['paper']:g}"
        rows.append([f"**{name}.** {first['statement']}<br>*{first['statistic']}*", paper, *cells])
    return markdown(["claim and what is measured", "paper", *models], rows)


def _claim_cell(of_claim: pd.DataFrame, model: str) -> str:
    found = of_claim[of_claim["model"].isin([model, ""])].iloc[0]
    twin = "" if pd.isna(found["untrained"]) else f" (untrained {found['untrained']:.2f})"
    digits = 3 if abs(found["value"]) < 0.1 else 2
    return f"{interval(found, 'value', digits=digits)}{twin}: **{found['verdict']}**"


def stages(study: Study) -> str:
    """Shares of the fall of tv, by the paper's ranges and by the graph's own sizes."""
    table = s.fall_by_stage(study)
    table = table[table["order"].isin(["trace", "random", "backbone"]) & (table["by"] != "connection")]
    names = list(dict.fromkeys(zip(table["by"], table["stage"], strict=True)))
    rows = []
    for (model, order), part in table.groupby(["model", "order"], sort=False):
        by_stage = part.set_index(["by", "stage"])
        rows.append([f"{model}, {order}", *(interval(by_stage.loc[name], "share") for name in names)])
    return markdown(["model, order", *(stage for _, stage in names)], rows)


def halves(study: Study) -> str:
    """The size at which half of tv is gone: in three units, its spread, and the exponent."""
    rows = []
    for (model, order), part in s.half_fall(study).groupby(["model", "order"], sort=False):
        by_unit = part.set_index("unit")
        edges, path, backbone = (by_unit.loc[unit] for unit in ("n_edges", "n_path", "n_backbone"))
        rows.append(
            [f"{model}, {order}", f"{edges['median']:.3f}", f"{path['median']:.1f}", f"{backbone['median']:.2f}"]
            + [f"{unit['iqr']:.2f}" for unit in (edges, path, backbone)]
            + [interval(unit, "exponent", "exponent_") for unit in (edges, backbone)]
        )
    header = ["model, order", "of E", "in paths", "in backbones", "spread, E", "paths", "backbones"]
    return markdown([*header, "exponent, E", "backbone"], rows)


def correlates(study: Study) -> str:
    """Spearman of three densities with entropy and with the number of tokens, over all prompts and within kinds."""
    drills = [group for group in study.groups if group.startswith("drill:")]
    parts = {"all": study, PROSE: study.only(groups=["prose"]), DRILLS: study.only(groups=drills)}
    rows = []
    for name, part in parts.items():
        table = s.density_correlates(part)
        for (model, density), of_density in table.groupby(["model", "density"], sort=False):
            if name == "all" or not model.endswith(":untrained"):
                by = of_density.set_index("covariate")
                entropy, tokens = by.loc["entropy"], by.loc["n_tokens"]
                given = interval(entropy, "partial", "partial_")
                rows.append([f"{name}: {model}, {density}", interval(entropy, "rho"), given, interval(tokens, "rho")])
    return markdown(["prompts: model, density", "with entropy", "the same at equal length", "with length"], rows)


def starts(study: Study) -> str:
    """The empty graph's tv: its median, and its Spearman correlation with entropy and with the area it begins."""
    empty = study.sizes[study.sizes["n_edges"] == 0][["model", "prompt_id", "tv"]]
    runs = study.traced.merge(empty, on=["model", "prompt_id"])
    rows = []
    for model, part in runs.groupby("model", sort=False):
        rho = [f"{spearmanr(part['tv'], part[column]).statistic:.2f}" for column in ("entropy", "auc_tv_log")]
        rows.append([model, f"{part['tv'].median():.2f}", *rho])
    return markdown(["model", "median tv of the empty graph", "Spearman with entropy", "with auc_tv_log"], rows)


def agreement(study: Study) -> str:
    """Spearman of density between two models, and the same at equal length."""
    table = s.model_agreement(study)
    table = table[(table["row"] == "pair") & (table["measure"] == "auc_tv_log")]
    rows = [
        [f"{row['model_a']}, {row['model_b']}", interval(row, "rho"), interval(row, "partial", "partial_")]
        for _, row in table.iterrows()
    ]
    return markdown(["models", "Spearman", "at equal length"], rows)


def groups(study: Study) -> str:
    """Median entropy and densities by kind of prompt."""
    table = s.density_by_group(study.only(models=_trained(study)))
    wide = table.pivot_table(index="group", columns=["model", "measure"], values="median", sort=False)
    rows = []
    for group in wide.index:
        cells = [
            f"{wide.loc[group, (model, measure)]:.2f}"
            for model in _trained(study)
            for measure in ("entropy", "auc_tv_log", "size at tv <= 0.1")
        ]
        rows.append([group, *cells])
    header = [f"{model}: {what}" for model in _trained(study) for what in ("entropy", "area", "size at tv ≤ 0.1")]
    return markdown(["kind of prompt", *header], rows)


def recovery(study: Study) -> str:
    """Median relative size that each criterion takes."""
    table = s.size_by_criterion(study).set_index(["criterion", "model"])
    rows = []
    for criterion in dict.fromkeys(criterion for criterion, _ in table.index):
        cells = [interval(table.loc[(criterion, model)], "fraction", digits=3) for model in study.models]
        rows.append([criterion.replace("<=", "≤").replace(">=", "≥"), *cells])
    return markdown(["criterion", *study.models], rows)


SHOWN = (1e-3, 1e-2, 4e-2, 1e-1, 4e-1)
"""Relative sizes at which tables are given."""


def makeup(study: Study) -> str:
    """Lift of kinds and depths at some sizes."""
    kinds, depths = s.share_by_kind(study, SHOWN), s.share_by_depth(study, SHOWN)
    depths = depths.assign(kind="depth " + depths["depth"].astype(str))
    rows = []
    for (model, kind), part in pd.concat([kinds, depths]).groupby(["model", "kind"], sort=False):
        cells = part.set_index("x")
        rows.append([f"{model}, {kind}", *(f"{cells['share'][x]:.2f} ({cells['lift'][x]:.2f})" for x in SHOWN)])
    return markdown(["model, part", *(f"{x:g}" for x in SHOWN)], rows)


def unigrams(study: Study) -> str:
    """Closeness to the unigram distribution at some sizes, and the full model's."""
    table = s.unigram_closeness(study, SHOWN)
    rows = []
    for (model, measure), part in table.groupby(["model", "measure"], sort=False):
        full = interval(part.iloc[0], "full", "full_")
        rows.append([f"{model}, {measure}", *(interval(row, "mean") for _, row in part.iterrows()), full])
    return markdown(["model, measure", *(f"{x:g}" for x in SHOWN), "full model"], rows)


def reuse(study: Study) -> str:
    """Gini coefficient of the use of heads and of all components over prompts."""
    table = s.gini(study, SHOWN)
    rows = []
    for (model, kind), part in table.groupby(["model", "kind"], sort=False):
        rows.append([f"{model}, {kind}", *(interval(row, "gini") for _, row in part.iterrows())])
    return markdown(["model, components", *(f"{x:g}" for x in SHOWN)], rows)


def _trained(study: Study) -> list[str]:
    return [model for model in study.models if not model.endswith(":untrained")]


TABLES: dict[str, Callable[[Study], str]] = {
    "claims": claims,
    "stages": stages,
    "halves": halves,
    "correlates": correlates,
    "starts": starts,
    "agreement": agreement,
    "groups": groups,
    "recovery": recovery,
    "makeup": makeup,
    "unigrams": unigrams,
    "reuse": reuse,
}


ALSO_GUIDED = ("stages", "halves")
"""Tables that are also made of guided traces alone."""


def tables(study: Study, guided: Study) -> dict[str, Callable[[], str]]:
    """What makes each table, by its name, from the study of the paper's search and that of guided traces."""
    return {
        **{name: partial(make, study) for name, make in TABLES.items()},
        **{name: partial(make, study, guided) for name, make in GUIDED_TABLES.items()},
        **{f"guided_{name}": partial(TABLES[name], guided) for name in ALSO_GUIDED},
    }


def with_tables(document: str, study: Study, guided: Study) -> str:
    """The document with every table that it names made anew."""
    makers = tables(study, guided)

    def made(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{makers[found[1]]()}\n<!-- end -->" if found[1] in makers else found[0]

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", made, document, flags=re.DOTALL)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, default=STUDY)
    parser.add_argument("--guided", type=Path, default=GUIDED_STUDY)
    parser.add_argument("--write", action="store_true", help=f"into {DOCUMENT.name}")
    args = parser.parse_args()
    study, guided = s.load_study(args.study), s.load_study(args.guided)
    if args.write:
        DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8"), study, guided), encoding="utf-8")
    else:
        print("\n\n".join(f"{name}\n\n{make()}" for name, make in tables(study, guided).items()))


if __name__ == "__main__":
    main()
