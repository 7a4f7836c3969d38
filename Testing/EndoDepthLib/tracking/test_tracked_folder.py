"""What a tracked folder keeps comes back; what is damaged is refused in one line."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from EndoDepthLib.errors import InputError
from EndoDepthLib.tracking import TrackedFolder, load_tracked, open_tracked, save_tracked
from EndoDepthLib.values import Camera, DistortionModel, Scale, TrackedSequence, Trajectory

CAMERA = Camera(80.0, 81.0, 47.5, 31.5, 96, 64, DistortionModel.BROWN_CONRADY, (-0.2, 0.05, 0.0, 0.001))


def tracked(turns: np.ndarray, shifts: np.ndarray, results: Path, scale: Scale = Scale.UP_TO_SCALE) -> TrackedFolder:
    count = len(turns)
    poses = np.tile(np.eye(4), (count, 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = Rotation.from_rotvec(turns).as_matrix(), shifts
    positions = np.arange(count) * 2
    sequence = TrackedSequence(
        Trajectory(poses, positions * 5 + 3),
        positions,
        np.arange(count) // 2,
        ("given", "direct alignment", "structure from motion", "given")[:count],
        np.linspace(0.5, 2.0, count),
        np.linspace(-0.01, 0.02, count),
        ((1, "too dark"), (3, 'said "no" – ü')),
        scale,
        "tracked poses",
    )
    return TrackedFolder(sequence, results, "0" * 64, CAMERA, positions * 0.04, {"engine": "auto"})


NUMBERS = st.floats(-3.0, 3.0)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrays(float, (4, 3), elements=NUMBERS), arrays(float, (4, 3), elements=NUMBERS), st.sampled_from(Scale))
def test_everything_comes_back(tmp_path, turns, shifts, scale):
    original = tracked(turns, shifts, tmp_path / "results", scale)
    save_tracked(tmp_path / "a" / "tracked", original)
    back = open_tracked(tmp_path / "a" / "tracked")
    for name in ("positions", "submaps", "disparity_scale", "disparity_shift"):
        np.testing.assert_array_equal(getattr(back.sequence, name), getattr(original.sequence, name))
    for name in ("methods", "lost", "scale", "scale_source"):
        assert getattr(back.sequence, name) == getattr(original.sequence, name)
    np.testing.assert_array_equal(
        back.sequence.trajectory.world_from_camera, original.sequence.trajectory.world_from_camera
    )
    np.testing.assert_array_equal(back.sequence.trajectory.frame_indices, original.sequence.trajectory.frame_indices)
    np.testing.assert_array_equal(back.times_s, original.times_s)
    assert back.camera == CAMERA and back.settings == {"engine": "auto"} and back.results_sha256 == "0" * 64
    assert back.results.resolve() == (tmp_path / "results").resolve()


def test_poses_for_other_programs_are_the_same_poses(tmp_path):
    original = tracked(np.full((3, 3), 0.3), np.arange(9.0).reshape(3, 3), tmp_path)
    save_tracked(tmp_path / "tracked", original)
    lines = np.loadtxt(tmp_path / "tracked" / "poses.tum")
    np.testing.assert_allclose(lines[:, 0], original.times_s)
    np.testing.assert_allclose(lines[:, 1:4], original.sequence.trajectory.world_from_camera[:, :3, 3])
    turned = Rotation.from_quat(lines[:, 4:]).as_matrix()
    np.testing.assert_allclose(turned, original.sequence.trajectory.world_from_camera[:, :3, :3], atol=1e-8)


def frame_change(name, value):
    return lambda content: content["frames"][1].update({name: value})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content.update(schema="other"), "no EndoDepth tracking file"),
        (lambda content: content.update(version=2), "version 2"),
        (lambda content: content.pop("lost"), "lost"),
        (lambda content: content.update(frames={}), "no list"),
        (lambda content: content.update(scale="metres"), "metres"),
        (lambda content: content["camera"].update(fx=-1), "camera fx is -1"),
        (lambda content: content["camera"].update(lens=1), "lens"),
        (lambda content: content["lost"][0].update(position=2), "twice"),
        (frame_change("position", 0), "twice"),
        (frame_change("position", 1.5), "position is 1.5"),
        (frame_change("submap", -1), "submap is -1"),
        (frame_change("method", "magic"), "magic"),
        (frame_change("disparity_scale", 0.0), "not positive"),
        (frame_change("disparity_shift", float("inf")), "disparity_shift is not finite"),
        (frame_change("time_s", None), "TypeError"),
        (frame_change("world_from_camera", [[1, 0, 0, 0]]), "3 x 4"),
        (frame_change("world_from_camera", [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]), "orthonormal"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, damage, said):
    save_tracked(tmp_path, tracked(np.zeros((4, 3)), np.zeros((4, 3)), tmp_path))
    content = json.loads((tmp_path / "tracking.json").read_text(encoding="utf-8"))
    damage(content)
    (tmp_path / "tracking.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_tracked(tmp_path)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_folders_that_are_none(tmp_path):
    with pytest.raises(InputError, match="holds no tracking.json"):
        load_tracked(tmp_path)
    (tmp_path / "tracking.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        load_tracked(tmp_path)
