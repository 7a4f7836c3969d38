"""The trivial baselines, and their published figures on reference data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.evaluation import DepthEvaluation, DepthProtocol, find_depth_references, light, trivial_depths

PUBLISHED = {  # AbsRel of: constant, L^-0.25, L^-0.5
    "simcol": (0.373, 0.289, 0.226),
    "heart_phantom": (0.043, 0.166, 0.478),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures_of_the_baselines(name: str, reference_data: Callable[[str], Path]) -> None:
    references = find_depth_references(reference_data(name))
    evaluation = DepthEvaluation(DepthProtocol(max_depth=references.max_depth), references.unit)
    for each in references.names:
        reference = references.load(each)
        evaluation.add(reference, np.ones_like(reference.depth))
    means = evaluation.means()
    found = tuple(round(means[row].abs_rel, 3) for row in ("constant depth", "depth = L^-0.25", "depth = L^-0.5"))
    assert found == PUBLISHED[name]
    assert means["prediction"] == means["constant depth"]


def test_light_of_an_even_picture_is_its_linear_brightness() -> None:
    image = np.full((40, 60, 3), (30, 128, 64), np.uint8)
    assert light(image) == pytest.approx((128 / 255) ** 2.2)


def test_a_black_picture_has_finite_baselines() -> None:
    depths = trivial_depths(np.zeros((20, 30, 3), np.uint8), 20, 30)
    assert all(np.isfinite(depth).all() and (depth > 0).all() for depth in depths.values())


def test_a_light_that_falls_off_with_the_square_is_read_exactly() -> None:
    """With L ~ 1 / z^2 and no albedo, L^-0.5 is the depth: the reason for this baseline."""
    depth = np.linspace(20.0, 60.0, 400)[None, :].repeat(50, axis=0)
    linear = (20.0 / depth) ** 2
    image = np.repeat(np.round(255 * linear ** (1 / 2.2))[..., None], 3, axis=2).astype(np.uint8)
    estimate = trivial_depths(image, *depth.shape)["depth = L^-0.5"]
    middle = slice(60, 340)  # away from the border, where blurring sees one side only
    ratio = estimate[:, middle] / depth[:, middle]
    assert ratio.std() / ratio.mean() < 0.01


def test_baselines_follow_the_size_of_the_reference() -> None:
    assert trivial_depths(np.full((10, 20, 3), 90, np.uint8), 40, 60)["depth = L^-0.5"].shape == (40, 60)


def test_without_a_picture_only_the_constant_remains() -> None:
    assert list(trivial_depths(None, 2, 3)) == ["constant depth"]
