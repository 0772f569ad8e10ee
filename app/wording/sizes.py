"""Evaluated sizes that the page picks: the first where something holds, the nearest, the one to start at."""

from typing import Final

import numpy as np
import pandas as pd

REBUILT_TV: Final = 0.1
"""A subgraph within this TV of the full model, with the same top token, recovers its prediction."""


def first_size(curve: pd.DataFrame, holds: pd.Series) -> int | None:
    """Return the smallest evaluated size, from one edge up, at which a condition holds; None if it never does."""
    sizes = curve.loc[holds & (curve["n_edges"] > 0), "n_edges"]
    return None if sizes.empty else int(sizes.iloc[0])


def rebuilt_size(curve: pd.DataFrame) -> int:
    """Return the smallest evaluated size whose subgraph recovers the prediction, else the largest."""
    size = first_size(curve, curve["top1_match"] & (curve["tv"] <= REBUILT_TV))
    return int(curve["n_edges"].iloc[-1]) if size is None else size


def nearest_size(curve: pd.DataFrame, n_edges: int) -> int:
    """Return the evaluated size closest to the one asked for."""
    sizes = curve["n_edges"].to_numpy()
    return int(sizes[np.abs(sizes - n_edges).argmin()])
