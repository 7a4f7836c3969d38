"""A tracked sequence brings its frames' depths to one unit, and refuses lists that disagree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Camera, DepthMap, Scale, TrackedSequence, Trajectory


def sequence() -> TrackedSequence:
    trajectory = Trajectory(np.tile(np.eye(4), (2, 1, 1)), np.array([0, 5]))
    rows = np.array([0, 1])
    return TrackedSequence(trajectory, rows, rows, ("given", "given"), np.array([1.0, 2.0]), np.array([0.0, -0.05]))


def test_depths_become_consistent() -> None:
    depth = DepthMap(
        np.array([[10.0, 20.0, 50.0, np.nan]], dtype=np.float32),
        np.ones((1, 4), dtype=np.float32),
        Camera(5, 5, 1.5, 0, 4, 1),
    )
    tracked = replace(sequence(), scale=Scale.METRIC_MM, scale_source="tracked poses")
    agreed = tracked.consistent(1, depth)
    assert np.allclose(agreed.depth[0, :2], [1 / (0.2 - 0.05), 1 / (0.1 - 0.05)])
    assert np.isnan(agreed.depth[0, 2:]).all()  # a disparity of -0.01 lies behind the camera
    assert agreed.scale is Scale.METRIC_MM and agreed.scale_source == "tracked poses"
    assert np.array_equal(tracked.consistent(0, depth).depth, depth.depth, equal_nan=True)


@pytest.mark.parametrize(
    "change",
    [
        {"positions": np.array([0])},
        {"methods": ("given",)},
        {"disparity_scale": np.array([1.0, 0.0])},
        {"disparity_shift": np.array([0.0, np.nan])},
    ],
)
def test_lists_that_disagree_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(sequence(), **change)
