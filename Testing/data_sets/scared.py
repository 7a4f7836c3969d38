"""A tiny copy of SCARED in the layout of its archives: stills, a stacked stereo video, tar.gz of truth and poses."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from command_line.material import picture, write_picture, write_video

WIDTH, HEIGHT = 64, 48
FRAMES = 3
K = np.array([[52.0, 0.0, 31.0], [0.0, 52.5, 23.0], [0.0, 0.0, 1.0]])
D = np.array([[-0.1, 0.02, 0.001, -0.002, 0.0]])


def points(depth_mm: float) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) float32 x, y, z of a plane at this depth; the first pixel is unknown (NaN)."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x, y = (columns - K[0, 2]) / K[0, 0] * depth_mm, (rows - K[1, 2]) / K[1, 1] * depth_mm
    values = np.stack([x, y, np.full_like(x, depth_mm)], axis=2).astype(np.float32)
    values[0, 0] = np.nan
    return values


def write_scared(folder: Path, keyframes: Mapping[int, int] | None = None) -> Path:
    """Data sets with this keyframe each (default: dataset_1/keyframe_3 and dataset_8/keyframe_0).

    Depth of the still is 40 mm, of video frame i 50 + i in the left view and 99 in the right.
    """
    for dataset, keyframe in (keyframes or {1: 3, 8: 0}).items():
        root = folder / f"dataset_{dataset}" / f"keyframe_{keyframe}"
        for side in ("Left", "Right"):
            write_picture(root / f"{side}_Image.png", picture(dataset, WIDTH, HEIGHT))
        assert cv2.imwrite(str(root / "left_depth_map.tiff"), points(40.0)[..., ::-1])
        write_point_cloud(root / "point_cloud.obj", 40.0)
        storage = cv2.FileStorage(str(root / "endoscope_calibration.yaml"), cv2.FILE_STORAGE_WRITE)
        for name, matrix in (("M1", K), ("D1", D), ("M2", K), ("D2", D), ("R", np.eye(3)), ("T", np.ones((3, 1)))):
            storage.write(name, matrix)
        storage.release()
        write_video(root / "data" / "rgb.mp4", FRAMES, WIDTH, 2 * HEIGHT)
        write_truth(root / "data" / "scene_points.tar.gz", range(FRAMES))
        write_poses(root / "data" / "frame_data.tar.gz", FRAMES)
    return folder


def write_truth(archive: Path, order: range | list[int]) -> None:
    """scene_points in this order: two views, one above the other, unknown points 0, 0, 0."""
    members = {}
    for number in order:
        both = np.concatenate([np.nan_to_num(points(50.0 + number)), points(99.0)])
        done, content = cv2.imencode(".tiff", both[..., ::-1])
        assert done
        members[f"scene_points{number:06d}.tiff"] = content.tobytes()
    write_archive(archive, members)


def write_poses(archive: Path, frames: int) -> None:
    """camera_from_keyframe: frame i stands i mm to the right of the keyframe."""
    members = {}
    for number in range(frames):
        pose = np.eye(4)
        pose[0, 3] = -number
        calibration = {"KL": K.tolist(), "DL": D.tolist()}
        content = {"camera-calibration": calibration, "camera-pose": pose.tolist(), "timestamp": 1000 * number}
        members[f"frame_data{number:06d}.json"] = json.dumps(content).encode()
    write_archive(archive, members)


def write_archive(archive: Path, members: Mapping[str, bytes]) -> None:
    """A .tar.gz of these files, in their order."""
    with tarfile.open(archive, "w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))


def write_point_cloud(path: Path, depth_mm: float) -> None:
    """One vertex a pixel, row by row."""
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in points(depth_mm).reshape(-1, 3)]
    path.write_text("# SCARED\n" + "\n".join(lines) + "\n", encoding="utf-8")
