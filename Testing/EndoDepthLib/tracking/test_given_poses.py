"""Poses of a tracker: read from every format alike, refused in one line, and what tracking makes of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from moving_camera.tracked_planes import planes_results
from moving_camera.two_planes import poses, view
from scipy.spatial.transform import Rotation

from EndoDepthLib.errors import EndoDepthError, InputError, SettingsError
from EndoDepthLib.tracking import Given, read_given_poses, read_hand_eye, track
from EndoDepthLib.tracking.tum import tum_text
from EndoDepthLib.values import Scale

MM_PER_UNIT = 10.0
MARKER_FROM_CAMERA = np.eye(4)
MARKER_FROM_CAMERA[:3, :3] = Rotation.from_rotvec([0.3, -0.5, 0.2]).as_matrix()
MARKER_FROM_CAMERA[:3, 3] = [5.0, -12.0, 30.0]


def tracker_poses(path: np.ndarray) -> np.ndarray:
    """world_from_marker in mm of cameras on a path (in units of the two planes), in the world of another tracker."""
    world = np.eye(4)
    world[:3, :3], world[:3, 3] = Rotation.from_rotvec([1.0, 0.4, -0.7]).as_matrix(), [100.0, -50.0, 900.0]
    metric = path.copy()
    metric[:, :3, 3] *= MM_PER_UNIT
    return world @ metric @ np.linalg.inv(MARKER_FROM_CAMERA)


def write_csv(path: Path, keys: np.ndarray, given: np.ndarray, key: str = "frame") -> Path:
    names = [f"M{row}{column}" for row in range(3) for column in range(4)]
    lines = [",".join(["note", *names, key])]
    lines += [
        ",".join(["x", *map(repr, pose[:3].ravel().tolist()), repr(float(k))])
        for k, pose in zip(keys, given, strict=True)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_mha(path: Path, keys: np.ndarray, given: np.ndarray, invalid: tuple[int, ...] = ()) -> Path:
    lines = ["ObjectType = Image", "NDims = 3", "DimSize = 2 2 4"]
    for key, pose in zip(keys, given, strict=True):
        name = f"Seq_Frame{int(key):04d}"
        lines.append(f"{name}_ProbeToTrackerTransform = {' '.join(map(repr, pose.ravel().tolist()))}")
        lines.append(f"{name}_ProbeToTrackerTransformStatus = {'INVALID' if key in invalid else 'OK'}")
        lines.append(f"{name}_ReferenceToTrackerTransform = {' '.join(map(repr, np.eye(4).ravel().tolist()))}")
        lines.append(f"{name}_Timestamp = {0.04 * key}")
    path.write_bytes("\n".join([*lines, "ElementDataFile = LOCAL\n"]).encode("ascii") + bytes(range(256)))
    return path


def test_every_format_says_the_same(tmp_path):
    given = tracker_poses(poses(5))
    keys = np.arange(5) * 2
    (tmp_path / "a.tum").write_text(tum_text(keys * 0.04, given), encoding="utf-8")
    by_time = read_given_poses(tmp_path / "a.tum")
    by_frame = read_given_poses(write_csv(tmp_path / "a.csv", keys, given))
    metafile = read_given_poses(write_mha(tmp_path / "a.mha", keys, given, invalid=(4,)))
    np.testing.assert_allclose(by_time.world_from_marker, given, atol=1e-5)
    np.testing.assert_allclose(by_frame.world_from_marker, given, atol=1e-12)
    np.testing.assert_allclose(metafile.world_from_marker, given[[0, 1, 3, 4]], atol=1e-12)
    assert not by_time.by_frame and by_frame.by_frame and metafile.keys.tolist() == [0, 2, 6, 8]
    in_metres = read_given_poses(tmp_path / "a.csv", unit="m")
    np.testing.assert_allclose(in_metres.world_from_marker[:, :3, 3], 1000 * given[:, :3, 3])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.xyz", "", "--poses-format"),
        ("a.tum", "1 2 3", "line 1"),
        ("a.tum", "0 0 0 0 0 0 0 1\n0 0 0 0 0 0 0 1", "do not ascend"),
        ("a.csv", "", "header"),
        ("a.csv", "frame,x,y\n1,2,3", "header"),
        ("a.csv", "frame,tx,ty,tz,qx,qy,qz,qw\n1,0,0,0,0,0,0,1", "1 poses"),
        ("a.csv", "frame,tx,ty,tz,qx,qy,qz,qw\n1,0,0,0,0,0,0,1\n2,0,0,nan,0,0,0,1", "row 3"),
        ("a.csv", "frame,tx,ty,tz,qx,qy,qz,qw\n1,0,0,0,0,0,0,1\n2,0,0,0,0,0,0,7", "length 1"),
        ("a.csv", "frame,tx,ty,tz,qx,qy,qz,qw\n1,0,0,0,0,0,0,1\n1,0,0,0,0,0,0,1", "do not ascend"),
        ("a.mha", "\x00\x01\x02", "no sequence metafile"),
        ("a.mha", "NDims = 3\n", "ends within its header"),
        ("a.mha", "NDims = 3\nElementDataFile = LOCAL\n", "no fields like"),
        (
            "a.mha",
            "Seq_Frame0000_ATransform = 1 2\nSeq_Frame0001_ATransform = 1 3\nElementDataFile = LOCAL\n",
            "no rigid 4 x 4",
        ),
    ],
)
def test_what_holds_no_poses_is_refused_in_one_line(tmp_path, name, text, said):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(EndoDepthError) as refused:
        read_given_poses(tmp_path / name)
    assert said in str(refused.value) and "\n" not in str(refused.value)
    assert isinstance(refused.value, SettingsError if name == "a.xyz" else InputError)


def test_a_metafile_with_two_moving_transforms_asks_which(tmp_path):
    file = write_mha(tmp_path / "a.mha", np.arange(3), tracker_poses(poses(3)))
    file.write_bytes(
        file.read_bytes().replace(b"_ReferenceToTrackerTransform = 1.0", b"_ReferenceToTrackerTransform = 1", 1)
    )
    with pytest.raises(InputError, match="ProbeToTracker.*--poses-transform"):
        read_given_poses(file)
    assert len(read_given_poses(file, transform="ProbeToTracker").keys) == 3
    with pytest.raises(InputError, match="no transform 'Other'"):
        read_given_poses(file, transform="Other")


@pytest.mark.parametrize("content", ["[1, 2]", "{}", "{", json.dumps(np.diag([2.0, 1, 1, 1]).tolist()), '"x"'])
def test_a_hand_eye_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "h.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"h\.json"):
        read_hand_eye(tmp_path / "h.json")


@pytest.mark.parametrize("is_known", [True, False])
def test_given_poses_make_the_sequence_millimetres(tmp_path, is_known):
    truth = poses(14)
    results = planes_results(tmp_path / "r", truth)
    given = read_given_poses(write_csv(tmp_path / "p.csv", np.arange(14) * 2, tracker_poses(truth)))
    (tmp_path / "h.json").write_text(json.dumps({"marker_from_camera": MARKER_FROM_CAMERA.tolist()}), encoding="utf-8")
    marker_from_camera = read_hand_eye(tmp_path / "h.json") if is_known else None
    tracked = track(results, "direct", given=Given(given.of_frames(results), marker_from_camera))
    sequence = tracked.folder.sequence
    assert sequence.scale is Scale.METRIC_MM and sequence.scale_source == "tracked poses"
    assert set(sequence.methods) == {"given"} and len(sequence.positions) == 14
    path_mm = np.linalg.inv(truth[0]) @ truth
    path_mm[:, :3, 3] *= MM_PER_UNIT
    off_mm = np.linalg.norm(sequence.trajectory.world_from_camera[:, :3, 3] - path_mm[:, :3, 3], axis=1)
    assert off_mm.max() < (1e-6 if is_known else 1.0)
    for row in (3, 7, 12):
        depth = sequence.consistent(row, results.depth(row)).depth_mm()
        ratio = depth / (MM_PER_UNIT * view(truth[row])[1])
        assert abs(np.median(ratio) - 1) < (0.03 if is_known else 0.06)


def test_poses_of_other_frames_are_refused(tmp_path):
    results = planes_results(tmp_path / "r", poses(3))
    given = read_given_poses(write_csv(tmp_path / "p.csv", np.arange(100, 104), tracker_poses(poses(4))))
    with pytest.raises(InputError, match="0 of 3 frames have a given pose.*100 to 103"):
        given.of_frames(results)
