"""Structure from motion: a scene with truth, videos that cannot give it, a process that crashes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from moving_camera.two_planes import CAMERA, poses, view, write_frames

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import choose_camera
from EndoDepthLib.geometry.camera_source import CameraSource, SourcedCamera
from EndoDepthLib.motion import (
    Motion,
    MotionFailure,
    MotionProblem,
    MotionSettings,
    SparsePoints,
    estimate_motion,
    load_motion,
    save_motion,
)
from EndoDepthLib.motion.camera_model import exact_model, refined_camera, starting_model
from EndoDepthLib.motion.child import EngineError, run_engine
from EndoDepthLib.values import Camera, DistortionModel, Trajectory
from EndoDepthLib.video import Video

SETTINGS = MotionSettings(features=500, least_frames=5, least_points=100, threads=1)


def everything(video: Video) -> np.ndarray:
    return np.ones((video.height, video.width), dtype=bool)


def test_a_travelling_camera_gives_its_focal_length_its_path_and_depth(tmp_path):
    truth = poses(8)
    views = [view(pose) for pose in truth]
    hidden = np.zeros((CAMERA.height, CAMERA.width), dtype=bool)
    hidden[50:90, 80:140] = True
    stages: list[str] = []
    with Video.open(write_frames(tmp_path / "frames", [picture for picture, _ in views])) as video:
        motion = estimate_motion(
            video,
            choose_camera(video.width, video.height),
            everything(video),
            left_out=lambda frame: hidden,
            settings=SETTINGS,
            progress=lambda stage, done, total: stages.append(stage),
        )
    assert isinstance(motion, Motion), motion
    assert motion.camera_is_refined and abs(motion.camera.fx / CAMERA.fx - 1) < 0.03
    assert (motion.camera.cx, motion.camera.cy) == (CAMERA.cx, CAMERA.cy)
    assert motion.trajectory.frame_indices.tolist() == list(range(8)) and motion.frames_given == 8
    # Relative rotations need no alignment; positions and depths share one scale.
    found = motion.trajectory.world_from_camera
    turns = np.linalg.inv(found[0]) @ found[7], np.linalg.inv(truth[0]) @ truth[7]
    assert np.allclose(turns[0][:3, :3], turns[1][:3, :3], atol=0.02)
    scale = np.linalg.norm(turns[1][:3, 3]) / np.linalg.norm(turns[0][:3, 3])
    columns, rows = np.rint(motion.points.pixel).astype(int).T
    true_depth = np.array([views[f][1][v, u] for f, u, v in zip(motion.points.frame, columns, rows, strict=True)])
    error = np.abs(np.log(motion.depths() * scale / true_depth))
    assert np.median(error) < 0.02 and motion.mean_error_px < 1.0
    assert not hidden[rows, columns].any()
    assert {"preparing frames", "finding features", "matching features", "placing cameras"} <= set(stages)


@pytest.mark.parametrize(
    ("pictures", "problem"),
    [
        ("same", MotionProblem.STATIC),
        ("noise", MotionProblem.NOTHING_TO_FOLLOW),
        ("few", MotionProblem.TOO_SHORT),
    ],
)
def test_a_video_that_cannot_show_depth_is_refused_with_the_reason(tmp_path, pictures, problem):
    rng = np.random.default_rng(0)
    still = view(np.eye(4))[0]
    frames = {
        "same": [np.clip(still + rng.normal(0, 3, still.shape), 0, 255).astype(np.uint8) for _ in range(9)],
        "noise": [rng.integers(0, 256, still.shape, np.uint8) for _ in range(9)],
        "few": [still] * 3,
    }[pictures]
    with Video.open(write_frames(tmp_path / "frames", frames)) as video:
        failure = estimate_motion(video, choose_camera(video.width, video.height), everything(video), settings=SETTINGS)
    assert isinstance(failure, MotionFailure) and failure.problem is problem
    assert any(character.isdigit() for character in failure.reason) and "\n" not in failure.reason


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "ended by signal" if sys.platform != "win32" else "ended with code"),
        ("raise RuntimeError('no such feature')", "no such feature"),
        ("", "cannot be read"),
    ],
)
def test_a_process_that_crashes_is_told_and_takes_nothing_with_it(tmp_path, code, said):
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    with pytest.raises(EngineError, match=said):
        run_engine(tmp_path, {}, lambda *_: None, script=script)


def test_cancelling_ends_the_process(tmp_path):
    script, begun = tmp_path / "script.py", tmp_path / "begun"
    script.write_text(
        "import pathlib, sys, time\npathlib.Path(sys.argv[1], 'begun').write_text('x')\ntime.sleep(60)\n"
        "pathlib.Path(sys.argv[1], 'ended').write_text('x')",
        encoding="utf-8",
    )
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_engine(tmp_path, {}, lambda *_: None, cancelled=begun.exists, script=script)
    assert time.monotonic() - started < 30


def test_the_engine_ends_with_the_program_that_started_it(tmp_path):
    from EndoDepthLib.motion import engine

    (tmp_path / engine.JOB_FILE).write_text("{", encoding="utf-8")
    waiting = f"import sys; sys.argv = ['engine', {str(tmp_path)!r}]\nimport runpy, time\n"
    waiting += f"names = runpy.run_path({engine.__file__!r})\nimport threading\n"
    waiting += "threading.Thread(target=names['_end_with_parent'], daemon=True).start()\ntime.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", waiting], stdin=subprocess.PIPE)
    assert process.stdin is not None and process.poll() is None
    process.stdin.close()
    assert process.wait(30) == 3


def test_the_engine_imports_neither_opencv_nor_torch_nor_this_package():
    from EndoDepthLib.motion import engine

    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1]);"
        "print([name for name in ('cv2', 'torch', 'EndoDepthLib') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(Path(engine.__file__))], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_cameras_keep_their_meaning_in_colmaps_convention():
    camera = Camera(800, 810, 319.5, 239.5, 640, 480, DistortionModel.BROWN_CONRADY, (-0.1, 0.01, 0.001, 0.002, 0.03))
    model, params = exact_model(camera)
    assert model == "FULL_OPENCV" and params == [800, 810, 320, 240, -0.1, 0.01, 0.001, 0.002, 0.03, 0, 0, 0]
    assert exact_model(camera.pinhole())[0] == "PINHOLE"
    fisheye = Camera(300, 300, 99.5, 99.5, 200, 200, DistortionModel.FISHEYE, (0.1, 0.0, 0.0, 0.0))
    assert exact_model(fisheye) == ("OPENCV_FISHEYE", [300, 300, 100, 100, 0.1, 0.0, 0.0, 0.0])
    model, params = starting_model(camera)
    assert model == "SIMPLE_RADIAL" and params == [805, 320, 240, -0.1]
    assert refined_camera(params, 640, 480).cx == camera.cx


def test_a_camera_from_a_file_is_kept(tmp_path):
    sourced = SourcedCamera(CAMERA, CameraSource.FILE, "camera from room.json")
    frames = [view(pose)[0] for pose in poses(6)]
    with Video.open(write_frames(tmp_path / "frames", frames)) as video:
        motion = estimate_motion(video, sourced, everything(video), settings=SETTINGS)
    assert isinstance(motion, Motion), motion
    assert motion.camera == CAMERA and not motion.camera_is_refined


def test_observations_belong_to_points():
    with pytest.raises(InputError, match=r"outside 0\.\.0"):
        SparsePoints(np.zeros((1, 3)), np.array([1]), np.array([0]), np.zeros((1, 2)), np.zeros(1))
    points = SparsePoints(np.zeros((2, 3)), np.array([0, 0, 1]), np.arange(3), np.zeros((3, 2)), np.zeros(3))
    assert points.track_lengths.tolist() == [2, 1]
    assert points.part(np.array([True, False, True])).point.tolist() == [0, 1]


def test_motion_comes_back_from_its_file(tmp_path):
    camera = refined_camera([700.0, 320.0, 240.0, -0.02], 640, 480)
    points = SparsePoints(np.ones((2, 3)), np.array([0, 1]), np.array([4, 4]), np.ones((2, 2)), np.ones(2))
    motion = Motion(camera, True, Trajectory(np.eye(4)[None], np.array([4])), points, 9, 3.5)
    for found in (motion, MotionFailure(MotionProblem.STATIC, "the camera does not move")):
        save_motion(tmp_path / "motion.npz", found)
        read = load_motion(tmp_path / "motion.npz")
        assert type(read) is type(found) and repr(read) == repr(found)
    (tmp_path / "motion.npz").write_bytes(b"PK\x03\x04 cut")
    with pytest.raises(InputError, match=r"motion\.npz cannot be read"):
        load_motion(tmp_path / "motion.npz")
