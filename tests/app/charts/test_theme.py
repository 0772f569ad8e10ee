"""The palette, by what eyes need: contrast with the page, and distance between colours."""

from itertools import combinations

import numpy as np
import pytest

from strace_core import BASELINES, KINDS
from strace_explorer.charts import theme


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2 defines it, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    xyz = np.array(to_xyz) @ np.clip(rgb, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


PALETTE = [theme.ATTENTION, theme.MLP, theme.RESIDUAL, theme.SUBGRAPH, theme.FULL_MODEL]
PICTURES = {
    "graph": PALETTE,
    "curve": [theme.SUBGRAPH, *theme.BASELINE_COLOURS.values()],
    "comparison": [theme.RUN_A, theme.RUN_B],
}

# Simulations of complete colour blindness on linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.
SIGHTS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


@pytest.mark.parametrize("surface", theme.SURFACES.values(), ids=theme.SURFACES)
@pytest.mark.parametrize("colour", sorted({theme.RULE}.union(*PICTURES.values())))
def test_every_colour_stands_out_from_every_surface(colour: str, surface: str) -> None:
    assert contrast(colour, surface) >= 3


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_of_a_picture_stay_apart_for_everyone(sight: str, picture: str) -> None:
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in PICTURES[picture]]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) >= 20


@pytest.mark.parametrize(("name", "surface"), theme.SURFACES.items())
def test_ink_is_legible_on_every_surface_of_its_theme(name: str, surface: str) -> None:
    assert contrast(theme.INK[name.split(",")[0]], surface) >= 4.5


def test_every_baseline_has_a_colour_and_dashes_of_its_own() -> None:
    assert set(theme.BASELINE_COLOURS) == set(BASELINES)
    assert set(theme.ORDER_DASHES) == set(theme.ORDER_COLOURS) == {"trace", *BASELINES}
    assert len(set(theme.ORDER_DASHES.values())) == len(theme.ORDER_DASHES)


def test_every_kind_of_edge_has_a_colour_and_dashes() -> None:
    assert set(theme.KIND_COLOURS) == set(theme.KIND_DASHES) == set(KINDS)
