"""Links between keyframes: drift of place and scale is taken back, submaps are joined, wrong links say little."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from EndoDepthLib.tracking.direct_alignment import Alignment
from EndoDepthLib.tracking.placing import DIRECT, Link, Placed, Places
from EndoDepthLib.tracking.pose_graph import merge_submaps, optimise
from EndoDepthLib.tracking.rigid import inverse

DEPTH = 50.0


def ring(count: int) -> np.ndarray:
    """(count, 4, 4) poses on a circle, looking inwards and turning."""
    poses = np.tile(np.eye(4), (count, 1, 1))
    for row, angle in enumerate(np.linspace(0, 2 * np.pi, count, endpoint=False)):
        poses[row, :3, :3] = Rotation.from_rotvec([0.1 * np.sin(angle), angle, 0.0]).as_matrix()
        poses[row, :3, 3] = [20 * np.sin(angle), 2 * np.cos(angle), 20 * np.cos(angle)]
    return poses


def link(true: np.ndarray, first: int, second: int, scales: np.ndarray, wrong: float = 0.0) -> Link:
    """What an exact alignment finds where each frame's depth is the truth times 1 / scales; wrong: metres too far."""
    between = inverse(true[second]) @ true[first]
    between[0, 3] += wrong
    return Link(first, second, Alignment(between, 1.0 / scales[second], 0.8, 0.9, 0.01), scales[first])


@pytest.mark.parametrize("wrong", [0.0, 40.0])
def test_drift_is_taken_back_by_a_loop(wrong):
    true, rng = ring(12), np.random.default_rng(3)
    scales = np.exp(rng.normal(0, 0.1, 12))
    places, pose, factor = Places(), true[0], 1.0
    places.placed[0] = Placed(true[0], scales[0], DIRECT)
    for row in range(1, 12):
        step = inverse(true[row - 1]) @ true[row]
        step[:3, 3] = factor * step[:3, 3] + rng.normal(0, 0.3, 3)
        pose, factor = pose @ step, factor * 1.02
        places.placed[row] = Placed(pose, scales[row] / factor, DIRECT)
    before = np.linalg.norm(places.placed[11].pose[:3, 3] - true[11, :3, 3])
    links = [link(true, row, row + 1, scales) for row in range(11)] + [link(true, 0, 11, scales)]
    links += [link(true, 2, 9, scales, wrong), link(true, 1, 10, scales), link(true, 0, 6, scales)]
    optimise(places, links, fixed=(), anchors={}, depth=DEPTH)
    off = [np.linalg.norm(places.placed[row].pose[:3, 3] - true[row, :3, 3]) for row in range(12)]
    found = np.array([places.placed[row].disparity_scale for row in range(12)])
    assert max(off) < (0.05 if wrong == 0 else 0.25 * before)
    np.testing.assert_allclose(found, scales, rtol=0.01 if wrong == 0 else 0.1)


def test_frames_hang_on_their_keyframes_and_fixed_ones_stay():
    true, scales = ring(4), np.ones(4)
    places = Places({row: Placed(true[row], 1.0, DIRECT) for row in (0, 1)})
    shifted = true[1].copy()
    shifted[0, 3] += 3.0
    places.placed[1] = Placed(shifted, 1.0, DIRECT)
    hanging = shifted @ inverse(true[1]) @ true[2]
    places.placed[2] = Placed(hanging, 1.0, DIRECT)
    optimise(places, [link(true, 0, 1, scales)], fixed=(0,), anchors={2: 1}, depth=DEPTH)
    np.testing.assert_array_equal(places.placed[0].pose, true[0])
    np.testing.assert_allclose(places.placed[1].pose, true[1], atol=1e-4)
    np.testing.assert_allclose(places.placed[2].pose, true[2], atol=1e-3)


@pytest.mark.parametrize("turned", [False, True])
def test_a_link_joins_two_submaps_in_the_unit_of_the_first(turned):
    true, scales = ring(8), np.full(8, 0.5)
    places = Places({row: Placed(true[row], scales[row], DIRECT, 0) for row in range(4)})
    other = inverse(true[4])
    for row in range(4, 8):  # a world and a unit of its own: three times as long
        pose = other @ true[row]
        pose[:3, 3] *= 3.0
        places.placed[row] = Placed(pose, scales[row] / 3.0, DIRECT, 1)
    if turned:
        between = inverse(true[1]) @ true[5]
        between[:3, 3] *= 3.0
        joint = Link(5, 1, Alignment(between, 3.0 / scales[1], 0.8, 0.9, 0.01), scales[5] / 3.0)
    else:
        joint = link(true, 1, 5, scales)
    assert merge_submaps(places, [joint]) == 1
    for row in range(8):
        np.testing.assert_allclose(places.placed[row].pose, true[row], atol=1e-9)
        assert places.placed[row].disparity_scale == pytest.approx(scales[row]) and places.placed[row].submap == 0
