"""Alignment of one frame to another, whose motion and depth are known."""

import numpy as np
import pytest
from moving_camera.two_planes import CAMERA, poses, view

from EndoDepthLib.tracking.direct_alignment import AlignableFrame, align
from EndoDepthLib.tracking.evidence import Evidence


def alignable(pose: np.ndarray, factor: float = 1.0) -> AlignableFrame:
    picture, depth = view(pose)
    disparity = (1.0 / (factor * depth)).astype(np.float32)
    whole = np.ones(depth.shape, bool)
    return AlignableFrame(Evidence(picture[..., 0], disparity, whole.astype(np.float32), whole), CAMERA)


@pytest.mark.parametrize("factor", [1.0, 1.4])
def test_motion_and_the_factor_of_depth_are_found(factor):
    first, second = poses(30)[[10, 12]]
    found = align(alignable(first), alignable(second, 1 / factor), np.eye(4))
    assert found is not None and found.correlation > 0.9 and found.depth_error < 0.01
    np.testing.assert_allclose(found.frame_from_keyframe, np.linalg.inv(second) @ first, atol=0.01)
    assert found.depth_factor == pytest.approx(factor, rel=0.01)


def test_a_guess_worn_by_rounding_gives_a_rigid_motion():
    first, second = poses(30)[[10, 11]]
    guess = np.linalg.inv(second) @ first
    guess[:3, :3] *= 1.0 + 1e-4
    found = align(alignable(first), alignable(second), guess)
    assert found is not None
    turn = found.frame_from_keyframe[:3, :3]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
