"""Hues are told apart by readers of normal and of colour-blind sight."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from tokentide.reports.page.colours import HUES, PALETTES

LEAST = 15.0
# Machado, Oliveira, Fernandes 2009, severity 1.0, over linear RGB
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ]),
}  # fmt: skip
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def _lab(hexes: tuple[str, ...], sight: NDArray[np.float64]) -> NDArray[np.float64]:
    rgb = np.array([[int(one[at : at + 2], 16) / 255 for at in (1, 3, 5)] for one in hexes])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(linear @ sight.T, 0, 1) @ _XYZ.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(np.maximum(xyz, 1e-9)), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_hues_look_alike(sight: str) -> None:
    lab = _lab(HUES, SIGHTS[sight])
    least = min((float(np.linalg.norm(lab[a] - lab[b])), HUES[a], HUES[b]) for a, b in combinations(range(12), 2))
    assert least[0] >= LEAST, least


def test_a_pair_that_is_known_to_fail_is_noticed() -> None:
    lab = _lab(("#d62728", "#8c6d1f"), SIGHTS["deuteranopia"])
    assert np.linalg.norm(lab[0] - lab[1]) < LEAST


@pytest.mark.parametrize("palette", PALETTES)
def test_groups_of_a_palette_have_hues_of_their_own(palette: str) -> None:
    used = list(PALETTES[palette].values())
    assert len(set(used)) == len(used)
    assert set(used) <= set(HUES)
