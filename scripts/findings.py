"""Make the tables of docs/findings.md from the studies that ship with the explorer.

    python -m scripts.findings [--study FOLDER] [--guided FOLDER] [--write]

Prints the tables as Markdown. With ``--write`` they replace those in the document, between the comments that name them.
The text around them is written by hand: reread it when the numbers change.
"""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from scipy.stats import spearmanr

import strace_core.study as s
from scripts.findings_guided import GUIDED_TABLES
from scripts.markdown import claim_cell, interval, markdown
from strace_core.study import Study

ROOT = Path(__file__).resolve().parents[1]
STUDY = ROOT / "assets" / "study"
GUIDED_STUDY = ROOT / "assets" / "study_guided"
DOCUMENT = ROOT / "docs" / "findings.md"

DRILLS, PROSE = "drills", "prose"


def claims(study: Study) -> str:
    """Every claim with the paper's figure and, by model, ours, the untrained twin's in parentheses, and the verdict."""
    table = s.claims(study)
    models = _trained(study)
    rows = []
    for name, of_claim in table.groupby("claim", sort=False):
        first = of_claim.iloc[0]
        cells = [claim_cell(of_claim, model, with_twin=True) for model in models]
        paper = "" if pd.isna(first["paper"]) else f"{first['paper']:g}"
        rows.append([f"**{name}.** {first['statement']}<br>*{first['statistic']}*", paper, *cells])
    return markdown(["claim and statistic", "paper", *models], rows)


def stages(study: Study) -> str:
    """Shares of the fall of TV, by the paper's ranges and by the graph's own sizes."""
    table = s.fall_by_stage(study)
    table = table[table["order"].isin(["trace", "random", "backbone"]) & (table["by"] != "connection")]
    names = list(dict.fromkeys(zip(table["by"], table["stage"], strict=True)))
    rows = []
    for (model, order), part in table.groupby(["model", "order"], sort=False):
        by_stage = part.set_index(["by", "stage"])
        rows.append([f"{model}, {order}", *(interval(by_stage.loc[name], "share") for name in names)])
    return markdown(["model, order", *(stage for _, stage in names)], rows)


def halves(study: Study) -> str:
    """The size at which TV has halved in three units, with its spread and exponent."""
    rows = []
    for (model, order), part in s.half_fall(study).groupby(["model", "order"], sort=False):
        by_unit = part.set_index("unit")
        edges, path, backbone = (by_unit.loc[unit] for unit in ("n_edges", "n_path", "n_backbone"))
        rows.append(
            [f"{model}, {order}", f"{edges['median']:.3f}", f"{path['median']:.1f}", f"{backbone['median']:.2f}"]
            + [f"{unit['iqr']:.2f}" for unit in (edges, path, backbone)]
            + [interval(unit, "exponent", "exponent_") for unit in (edges, backbone)]
        )
    header = ["model, order", "of E", "in paths", "in backbones", "spread: E", "paths", "backbones"]
    return markdown([*header, "exponent: E", "backbone"], rows)


def correlates(study: Study) -> str:
    """Spearman correlation of each density with entropy and length, over all prompts, prose and drills."""
    drills = [group for group in study.groups if group.startswith("drill:")]
    parts = {"all": study, PROSE: study.only(groups=["prose"]), DRILLS: study.only(groups=drills)}
    rows = []
    for name, part in parts.items():
        table = s.density_correlates(part)
        for (model, density), of_density in table.groupby(["model", "density"], sort=False):
            if name == "all" or not s.is_untrained(model):
                by = of_density.set_index("covariate")
                entropy, tokens = by.loc["entropy"], by.loc["n_tokens"]
                given = interval(entropy, "partial", "partial_")
                rows.append([f"{name}: {model}, {density}", interval(entropy, "rho"), given, interval(tokens, "rho")])
    return markdown(["prompts: model, density", "with entropy", "with entropy at equal length", "with length"], rows)


def starts(study: Study) -> str:
    """The empty graph's TV: its median, and its Spearman correlation with entropy and with the area."""
    empty = study.sizes[study.sizes["n_edges"] == 0][["model", "prompt_id", "tv"]]
    runs = study.traced.merge(empty, on=["model", "prompt_id"])
    rows = []
    for model, part in runs.groupby("model", sort=False):
        rho = [f"{spearmanr(part['tv'], part[column]).statistic:.2f}" for column in ("entropy", "auc_tv_log")]
        rows.append([model, f"{part['tv'].median():.2f}", *rho])
    return markdown(["model", "median TV of the empty graph", "Spearman with entropy", "with auc_tv_log"], rows)


def agreement(study: Study) -> str:
    """Spearman correlation of density between two models, also at equal length."""
    table = s.model_agreement(study)
    table = table[(table["row"] == "pair") & (table["measure"] == "auc_tv_log")]
    rows = [
        [f"{row['model_a']}, {row['model_b']}", interval(row, "rho"), interval(row, "partial", "partial_")]
        for _, row in table.iterrows()
    ]
    return markdown(["models", "Spearman correlation", "at equal length"], rows)


def groups(study: Study) -> str:
    """Median entropy and density by kind of prompt."""
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
    header = [f"{model}: {what}" for model in _trained(study) for what in ("entropy", "area", "size at TV ≤ 0.1")]
    return markdown(["kind of prompt", *header], rows)


def recovery(study: Study) -> str:
    """Median relative size at which each criterion is first met."""
    table = s.size_by_criterion(study).set_index(["criterion", "model"])
    rows = []
    for criterion in dict.fromkeys(criterion for criterion, _ in table.index):
        cells = [interval(table.loc[(criterion, model)], "fraction", digits=3) for model in study.models]
        rows.append([criterion.replace("<=", "≤").replace(">=", "≥").replace("tv ", "TV "), *cells])
    return markdown(["criterion", *study.models], rows)


SHOWN = (1e-3, 1e-2, 4e-2, 1e-1, 4e-1)
"""Relative sizes shown in tables."""


def makeup(study: Study) -> str:
    """Share and lift of kinds and depths at the sizes shown."""
    kinds, depths = s.share_by_kind(study, SHOWN), s.share_by_depth(study, SHOWN)
    depths = depths.assign(kind="depth " + depths["depth"].astype(str))
    rows = []
    for (model, kind), part in pd.concat([kinds, depths]).groupby(["model", "kind"], sort=False):
        cells = part.set_index("x")
        rows.append([f"{model}, {kind}", *(f"{cells['share'][x]:.2f} ({cells['lift'][x]:.2f})" for x in SHOWN)])
    return markdown(["model, part", *(f"{x:g}" for x in SHOWN)], rows)


def unigrams(study: Study) -> str:
    """Closeness to the unigram distribution at the sizes shown, and the full model's."""
    table = s.unigram_closeness(study, SHOWN)
    rows = []
    for (model, measure), part in table.groupby(["model", "measure"], sort=False):
        full = interval(part.iloc[0], "full", "full_")
        rows.append([f"{model}, {measure}", *(interval(row, "mean") for _, row in part.iterrows()), full])
    return markdown(["model, measure", *(f"{x:g}" for x in SHOWN), "full model"], rows)


def reuse(study: Study) -> str:
    """Gini coefficient of the use of heads, and of all components."""
    table = s.gini(study, SHOWN)
    rows = []
    for (model, kind), part in table.groupby(["model", "kind"], sort=False):
        rows.append([f"{model}, {kind}", *(interval(row, "gini") for _, row in part.iterrows())])
    return markdown(["model, components", *(f"{x:g}" for x in SHOWN)], rows)


def _trained(study: Study) -> list[str]:
    return [model for model in study.models if not s.is_untrained(model)]


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
"""Tables that are made a second time from guided traces."""


def tables(study: Study, guided: Study) -> dict[str, Callable[[], str]]:
    """Functions that make each table by name, from the best-first study and the guided one."""
    return {
        **{name: partial(make, study) for name, make in TABLES.items()},
        **{name: partial(make, study, guided) for name, make in GUIDED_TABLES.items()},
        **{f"guided_{name}": partial(TABLES[name], guided) for name in ALSO_GUIDED},
    }


def with_tables(document: str, study: Study, guided: Study) -> str:
    """The document with each of its tables made anew."""
    makers = tables(study, guided)

    def made(found: re.Match[str]) -> str:
        return f"<!-- {found[1]} -->\n{makers[found[1]]()}\n<!-- end -->" if found[1] in makers else found[0]

    return re.sub(r"<!-- (\w+) -->\n.*?<!-- end -->", made, document, flags=re.DOTALL)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", type=Path, default=STUDY, help="folder of the best-first study")
    parser.add_argument("--guided", type=Path, default=GUIDED_STUDY, help="folder of the guided study")
    parser.add_argument("--write", action="store_true", help=f"write into docs/{DOCUMENT.name}")
    args = parser.parse_args()
    study, guided = s.load_study(args.study), s.load_study(args.guided)
    if args.write:
        DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8"), study, guided), encoding="utf-8")
    else:
        print("\n\n".join(f"{name}\n\n{make()}" for name, make in tables(study, guided).items()))


if __name__ == "__main__":
    main()
