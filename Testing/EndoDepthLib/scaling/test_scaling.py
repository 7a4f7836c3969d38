"""Sources of millimetres on values whose truth is known, and what their error bars say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_case.case import COUNT, DIAMETER_MM, MM, shaft, tracker_poses
from moving_camera.two_planes import CAMERA, poses

from EndoDepthLib.errors import CameraError, InputError, ScaleError
from EndoDepthLib.scaling import (
    KnownDistance,
    Measurement,
    StereoRig,
    combine,
    load_stereo_rig,
    measure_distance,
    measure_shafts,
    read_pose_table,
    save_stereo_rig,
    scale_from_poses,
)
from EndoDepthLib.scaling.depth_error import relative_deviation
from EndoDepthLib.values import DepthMap

EVERYWHERE = np.ones((CAMERA.height, CAMERA.width), bool)
scales = st.floats(0.01, 100.0)


def test_the_interval_of_several_measurements_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(600):
        stated = rng.uniform(0.02, 0.08, 5)
        found = combine([Measurement(float(np.exp(rng.normal(0, sd))), float(sd)) for sd in stated])
        held += found.interval_90[0] <= 1.0 <= found.interval_90[1]
    assert 0.87 <= held / 600 <= 0.96


def test_what_scatters_more_than_stated_widens_the_interval_and_shared_errors_stay():
    agreeing = combine([Measurement(value, 0.02) for value in (0.99, 1.0, 1.01)])
    scattered = combine([Measurement(value, 0.02) for value in (0.8, 1.0, 1.25)])
    width = lambda found: found.interval_90[1] / found.interval_90[0]  # noqa: E731
    assert width(scattered) > 2 * width(agreeing) ** 1.2
    many = combine([Measurement(1.0, 0.02, shared_sd=0.05)] * 400)
    assert np.log(width(many)) == pytest.approx(2 * 1.65 * 0.05, rel=0.05)


def test_of_four_or_more_a_blunder_is_left_out():
    found = combine([Measurement(value, 0.02) for value in (1.0, 1.01, 0.99, 1.02, 2.0)])
    assert found.used == (True, True, True, True, False) and found.mm_per_unit == pytest.approx(1.005, rel=0.01)


@given(scales)
def test_a_scale_of_all_measurements_scales_the_answer(factor):
    values = (0.9, 1.0, 1.2)
    plain = combine([Measurement(value, 0.05) for value in values])
    scaled = combine([Measurement(value * factor, 0.05) for value in values])
    assert scaled.mm_per_unit == pytest.approx(plain.mm_per_unit * factor)
    assert scaled.interval_90 == pytest.approx(tuple(bound * factor for bound in plain.interval_90))


@pytest.mark.parametrize("values", [(0.0, 0.1), (1.0, 0.0), (float("nan"), 0.1), (float("inf"), 0.1)])
def test_what_is_no_scale_is_refused(values):
    with pytest.raises(ScaleError):
        Measurement(*values)
    with pytest.raises(ScaleError):
        combine([])


def test_less_confidence_is_a_larger_error():
    deviations = relative_deviation(np.array([0.0, 0.3, 0.683, 0.95, 1.0]))
    assert np.all(np.diff(deviations) < 0) and deviations[2] == pytest.approx(0.1, rel=0.01)


@settings(max_examples=30)
@given(scales, st.floats(0.0, 1.0))
def test_an_exact_distance_gives_the_exact_scale(scale, slope):
    u = np.arange(CAMERA.width)[None] - CAMERA.cx
    plane = 60.0 / (1.0 - slope * u / CAMERA.fx) * np.ones((CAMERA.height, 1))  # z = 60 + slope x
    depth = DepthMap((plane / scale).astype(np.float32), np.full(plane.shape, 0.9, np.float32), CAMERA)
    ends = np.array([[40, 50], [160, 90]])
    points = [plane[v, a] * np.array([(a - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, 1.0]) for a, v in ends]
    length = float(np.linalg.norm(points[0] - points[1]))
    found = measure_distance(KnownDistance(0, tuple(ends[0]), tuple(ends[1]), length), depth)
    assert found.mm_per_unit == pytest.approx(scale, rel=1e-3) and 0.01 < found.relative_sd < 0.3


def test_a_place_without_depth_is_refused():
    depth = np.full((CAMERA.height, CAMERA.width), 50.0, np.float32)
    depth[40:60, 30:50] = np.nan
    known = KnownDistance(7, (40.0, 50.0), (150.0, 50.0), 30.0)
    with pytest.raises(ScaleError, match="frame 7 has no depth at pixel 40 50"):
        measure_distance(known, DepthMap(depth, np.ones_like(depth), CAMERA))


@pytest.mark.parametrize("scale", [0.05, 1.0, 12.0])
def test_the_shaft_of_an_instrument_gives_the_scale(scale):
    tool = shaft(np.eye(4))
    behind = np.where(np.isfinite(tool), tool, 70.0)
    depth = DepthMap((behind / scale).astype(np.float32), np.full(tool.shape, 0.99, np.float32), CAMERA)
    found = measure_shafts(np.isfinite(tool), EVERYWHERE, depth, 3, DIAMETER_MM)
    assert len(found) == 1 and found[0].position == 3
    assert found[0].mm_per_unit == pytest.approx(scale, rel=0.03)


def test_what_is_no_shaft_gives_no_scale():
    rows, columns = np.mgrid[: CAMERA.height, : CAMERA.width]
    depth = DepthMap(np.full(EVERYWHERE.shape, 50.0, np.float32), np.ones(EVERYWHERE.shape, np.float32), CAMERA)
    shapes = {
        "nothing": np.zeros_like(EVERYWHERE),
        "disc": np.hypot(rows - 90, columns - 120) < 40,
        "bar that reaches no border": (abs(rows - 90) < 8) & (abs(columns - 120) < 60),
        "cone": (abs(rows - 90) < 0.2 * (columns - 100)) & (columns > 100),
        "open jaws": (abs(rows - 90) < 24) & ((abs(rows - 90) > 8) | (columns > 200)) & (columns > 120),
        "everything": EVERYWHERE,
    }
    for name, mask in shapes.items():
        assert measure_shafts(mask, EVERYWHERE, depth, 0, 5.0) == [], name


@settings(max_examples=8)
@given(st.floats(0.05, 20.0))
def test_tracked_poses_give_the_scale_and_where_the_marker_sits(scale):
    estimated = poses(COUNT)
    estimated[:, :3, 3] *= MM / scale
    found = scale_from_poses(estimated, tracker_poses())
    assert found.combined.mm_per_unit == pytest.approx(scale, rel=1e-3) and found.residual_mm < 0.05
    # The camera of this case turns about one axis, along which the marker might sit anywhere.
    lever = np.linalg.inv(found.marker_from_camera)[:3, 3] - [12.0, -20.0, -210.0]
    axis = np.array([0.05, -0.18, 0.03]) / np.linalg.norm([0.05, -0.18, 0.03])
    assert np.linalg.norm(lever - (lever @ axis) * axis) < 0.5


def test_poses_that_say_nothing_of_the_scale_are_refused():
    estimated, tracked = poses(COUNT), tracker_poses()
    with pytest.raises(ScaleError, match="5 tracked poses"):
        scale_from_poses(estimated[:5], tracked[:5])
    with pytest.raises(ScaleError, match="needs the camera to move"):
        scale_from_poses(estimated, np.repeat(tracked[:1], COUNT, axis=0))
    rng = np.random.default_rng(0)
    shaking = np.repeat(tracked[:1], COUNT, axis=0)
    shaking[:, :3, 3] += rng.normal(0, 1.0, (COUNT, 3))
    with pytest.raises(ScaleError, match=r"too little to tell a scale|do not follow"):
        scale_from_poses(estimated, shaking)


def test_a_stereo_rig_is_read_back_and_others_are_refused(tmp_path):
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    rig = StereoRig(CAMERA, CAMERA, turn, np.array([-5.0, 0.1, 0.0]))
    save_stereo_rig(rig, tmp_path / "rig.json")
    read = load_stereo_rig(tmp_path / "rig.json")
    assert read.left == CAMERA and np.array_equal(read.rotation, turn) and read.baseline_mm == pytest.approx(5.001)
    for rotation, shift in ((np.eye(3) * 2, [5, 0, 0]), (np.diag([1.0, 1, -1]), [5, 0, 0]), (np.eye(3), [0.005, 0, 0])):
        with pytest.raises(CameraError):
            StereoRig(CAMERA, CAMERA, rotation, np.array(shift, float))
    for text in ("", "[]", "{}", '{"left": 1, "right": 2, "rotation": 3, "translation_mm": 4}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(CameraError, match=r"bad\.json"):
            load_stereo_rig(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "text",
    ["", "0 0 0 0 0 0 0 1", "0 0 0 0 0 0 0 1\n0 0 0 0 0 0 0 1", "0 0 0 0 0 0 0 1\n1 0 0 0 0 0 0 9", "0 1 2\n3 4"],
)
def test_a_table_of_poses_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "poses.tum").write_text(text)
    with pytest.raises(InputError, match=r"poses\.tum"):
        read_pose_table(tmp_path / "poses.tum")


def test_poses_between_two_moments_are_interpolated(tmp_path):
    half = np.sqrt(0.5)
    (tmp_path / "poses.csv").write_text(
        f"t,x,y,z,a,b,c,d\n0,0,0,0,0,0,0,1\n0.1,10,0,0,0,0,{half},{half}\n9,0,0,0,0,0,0,1\n"
    )
    known, found = read_pose_table(tmp_path / "poses.csv").at(np.array([-1.0, 0.05, 4.0, 9.0]))
    assert known.tolist() == [False, True, False, True]
    np.testing.assert_allclose(found[0][:3, 3], [5, 0, 0])
    np.testing.assert_allclose(found[0][0, :2], [np.cos(np.pi / 4), -np.sin(np.pi / 4)], atol=1e-9)
