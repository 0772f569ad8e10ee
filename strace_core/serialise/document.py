"""TraceResult <-> document: JSON values and a few arrays, independent of the file format. See docs/files.md."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib import resources
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from strace_core.errors import FileError
from strace_core.graph.layout import EdgeLayout
from strace_core.kinds import KINDS
from strace_core.model.spec import ModelSpec
from strace_core.prompt import Prompt
from strace_core.result import TraceResult, TraceSettings
from strace_core.search import GUIDED
from strace_core.serialise.tables import CURVE_COLUMNS, from_columns, to_columns
from strace_core.trace.trace import BEST_FIRST, Stretch, Trace

FORMAT, VERSION = "strace-result", 2

Document = dict[str, Any]
Arrays = dict[str, np.ndarray]

DOCUMENT_ENTRY = "document.json"
"""Name of the document in an archive."""

ARRAY_DTYPES = {"order": "<i4", "scores": "<f4", "full_logits": "<f4", "logits": "<f4"}
"""Arrays of a document and their dtypes: 32 bits, little-endian."""


def to_document(result: TraceResult) -> tuple[Document, Arrays]:
    """Convert a result to JSON values and arrays."""
    document: Document = {
        "format": FORMAT,
        "version": VERSION,
        "model": asdict(result.spec),
        "prompt": {
            "text": result.prompt.text,
            "token_ids": list(result.prompt.token_ids),
            "token_texts": list(result.prompt.token_texts),
        },
        "settings": asdict(result.settings),
        "stretches": [asdict(stretch) for stretch in result.stretches],
        "token_texts": {str(token_id): text for token_id, text in result.token_texts.items()},
        "curve": to_columns(result.curve),
        "baselines": {name: to_columns(curve) for name, curve in result.baselines.items()},
    }
    arrays = {
        "order": result.trace.order,
        "scores": result.scores,
        "full_logits": result.full_logits,
        "logits": result.logits,
    }
    return document, {name: np.ascontiguousarray(array, dtype=ARRAY_DTYPES[name]) for name, array in arrays.items()}


def check_document(document: Any, name: str) -> dict[str, tuple[int, ...]]:
    """Validate a document without its arrays.

    Args:
        document: Parsed JSON.
        name: Name of its file, for error messages.

    Returns:
        The shapes that its arrays must have.

    Raises:
        FileError: It is damaged, is not a saved trace, or has a newer version.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileError(f"{name!r} is not a saved trace.")
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        raise FileError(f"{name!r} has format version {version}, but this program reads up to {VERSION}; update it.")
    error = best_match(_validator().iter_errors(document))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "the whole"
        raise FileError(f"{name!r} is damaged: {place} {error.message[:120]}.") from error
    if not _is_text({field: value for field, value in document.items() if field != "arrays"}):
        raise FileError(f"{name!r} is damaged: it contains half of a surrogate pair, which is not valid text.")
    layout = _layout_of(document)
    n_sizes, d_vocab = len(document["curve"][0]["values"]), document["model"]["d_vocab"]
    return {
        "order": (layout.n_edges,),
        "scores": (layout.n_edges,),
        "full_logits": (d_vocab,),
        "logits": (n_sizes, d_vocab),
    }


def from_document(document: Document, arrays: Mapping[str, np.ndarray], name: str) -> TraceResult:
    """Convert a validated document back to a result.

    Args:
        document: The document, which :func:`check_document` accepted.
        arrays: Its arrays, with the shapes and dtypes they must have.
        name: Name of its file, for error messages.

    Raises:
        FileError: Its parts are inconsistent.
    """
    layout = _layout_of(document)
    order = arrays["order"].astype(np.int32)
    if order.min() < 0 or order.max() >= layout.n_edges or (np.bincount(order, minlength=layout.n_edges) != 1).any():
        raise FileError(f"{name!r} is damaged: its order does not contain every edge exactly once.")
    for numbers in ("scores", "full_logits", "logits"):
        if not np.isfinite(arrays[numbers]).all():
            raise FileError(f"{name!r} is damaged: {numbers} has a non-finite value.")
    prompt, settings = document["prompt"], document["settings"]
    curve, baselines = _curves(document, layout, name)
    texts = {int(token_id): text for token_id, text in document["token_texts"].items()}
    ids = {*prompt["token_ids"], *texts, *curve["top1"], 0 if settings["target"] is None else settings["target"]}
    if min(ids) < 0 or max(ids) >= document["model"]["d_vocab"]:
        raise FileError(f"{name!r} is damaged: a token id is outside its vocabulary.")
    if len(prompt["token_ids"]) != len(prompt["token_texts"]):
        raise FileError(f"{name!r} is damaged: its prompt does not have one text for each token.")
    return TraceResult(
        spec=ModelSpec(**document["model"]),
        prompt=Prompt(prompt["text"], tuple(prompt["token_ids"]), tuple(prompt["token_texts"])),
        settings=_settings(document),
        trace=Trace(layout, order),
        scores=arrays["scores"].astype(np.float32),
        curve=curve,
        full_logits=arrays["full_logits"].astype(np.float32),
        logits=arrays["logits"].astype(np.float32),
        token_texts=texts,
        stretches=_stretches(document, layout, name),
        baselines=baselines,
    )


def _settings(document: Document) -> TraceSettings:
    """The settings. Those that version 1 lacks had only one possible value then."""
    settings = document["settings"]
    return TraceSettings(
        settings["score"],
        settings["seed"],
        settings["target"],
        tuple(settings["baselines"]),
        settings.get("search", BEST_FIRST),
        float(settings.get("effort", 1)),
    )


def _stretches(document: Document, layout: EdgeLayout, name: str) -> tuple[Stretch, ...]:
    """The search behind each part of the order; in version 1 it was best-first throughout."""
    settings = _settings(document)
    whole = [{"n_edges": layout.n_edges, "search": BEST_FIRST}]
    stretches = tuple(Stretch(**stretch) for stretch in document.get("stretches", whole))
    ends = [stretch.n_edges for stretch in stretches]
    if (np.diff([0, *ends]) <= 0).any() or ends[-1] != layout.n_edges:
        raise FileError(f"{name!r} is damaged: its stretches do not ascend to {layout.n_edges} edges.")
    if not {stretch.search for stretch in stretches} <= {BEST_FIRST, settings.search} or not isfinite(settings.effort):
        raise FileError(f"{name!r} is damaged: its stretches do not match the search in its settings.")
    if settings.search == GUIDED and BEST_FIRST not in settings.baselines:
        raise FileError(f"{name!r} is damaged: its search was guided, but it has no {BEST_FIRST} curve.")
    return stretches


def _curves(document: Document, layout: EdgeLayout, name: str) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The trace's curve and those of its baselines."""
    settings = document["settings"]
    columns = CURVE_COLUMNS | {KINDS[code]: "int64" for code in np.unique(layout.kind)}
    if settings["target"] is not None:
        columns["target_surprisal"] = "float64"
    curve = from_columns(document["curve"], columns, name)
    counts = curve["n_edges"].to_numpy()
    if counts.min() < 0 or counts.max() > layout.n_edges or (np.diff(counts) <= 0).any():
        raise FileError(f"{name!r} is damaged: the sizes of its curve do not ascend within 0 to {layout.n_edges}.")
    columns["n_kept"] = "int64"
    baselines = {each: from_columns(table, columns, name) for each, table in document["baselines"].items()}
    same_sizes = all(np.array_equal(table["n_edges"], counts) for table in baselines.values())
    if [*baselines] != settings["baselines"] or not same_sizes:
        raise FileError(f"{name!r} is damaged: its baselines do not match its settings or the sizes of its curve.")
    return curve, baselines


def _is_text(document: Document) -> bool:
    """Whether all texts of a document are valid Unicode; JSON can also spell lone surrogates."""
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a document without its arrays."""
    text = resources.files("strace_core.serialise").joinpath("result.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator() -> Draft202012Validator:
    """The schema made ready, once: ``jsonschema.validate`` would first check the schema itself at every document."""
    return Draft202012Validator(schema())


def _layout_of(document: Document) -> EdgeLayout:
    model = document["model"]
    return EdgeLayout(model["n_layers"], model["n_heads"], len(document["prompt"]["token_ids"]), model["parallel"])
