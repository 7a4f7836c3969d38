"""Tiny copies of data sets of single pictures, in the layouts of their archives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from command_line.material import picture, write_picture

LARYNX_SEQUENCES = ("patient1_seq1", "patient2_seq8")


def write_larynx(folder: Path, frames: int = 2) -> Path:
    """Two of the five sequences; masks hold every value from 0 (void) to 7 (unknown)."""
    for sequence in LARYNX_SEQUENCES:
        for number in range(frames):
            write_picture(folder / sequence / "images" / f"{number + 1:04d}.jpg", picture(number, 24, 16))
            mask = np.tile(np.arange(8, dtype=np.uint8), (16, 3))
            write_picture(folder / sequence / "masks" / f"{number + 1:04d}.png", mask)
    return folder


def write_simcol(folder: Path, colon: str = "SyntheticColon_I", trajectories: Sequence[str] = ("S1", "S5")) -> Path:
    """Trajectories of three frames at 1/5, 2/5 and 3/5 of the depth range, turned by 90 degrees about z."""
    for name in trajectories:
        frames = folder / colon / f"Frames_{name}"
        for number in range(3):
            write_picture(frames / f"FrameBuffer_{number:04d}.png", picture(number, 20, 20))
            write_picture(frames / f"Depth_{number:04d}.png", np.full((20, 20), 13056 * (number + 1), np.uint16))
        positions = [f"{number} {2 * number} 0.5" for number in range(3)]
        (folder / colon / f"SavedPosition_{name}.txt").write_text("\n".join(positions) + "\n", encoding="utf-8")
        half = np.sqrt(0.5)
        rotation = f"0 0 {half} {half}\n" * 3
        (folder / colon / f"SavedRotationQuaternion_{name}.txt").write_text(rotation, encoding="utf-8")
    (folder / colon / "cam.txt").write_text("227.60416 0 227.60416 0 237.5 237.5 0 0 1", encoding="utf-8")
    return folder


def write_serv_ct(folder: Path) -> Path:
    """Both experiments with one frame each; depth 50 and 60 mm by CT, 55 by structured light, a hole at (0, 0)."""
    for experiment, frame, depths in (("1", "001", {"CT": 50}), ("2", "009", {"CT": 60, "RGB": 55})):
        root = folder / f"Experiment_{experiment}"
        for side in ("Left", "Right"):
            write_picture(root / f"{side}_rectified" / f"{frame}.png", picture(int(frame), 20, 16))
        for kind, depth in depths.items():
            values = np.full((16, 20), depth * 256, np.uint16)
            values[0, 0] = 0
            write_picture(root / f"Ground_truth_{kind}" / "DepthL" / f"{frame}.png", values)
        projection = [[15.0, 0.0, 9.5, 0.0], [0.0, 16.0, 7.5, 0.0], [0.0, 0.0, 1.0, 0.0]]
        calibration = root / "Rectified_calibration" / f"{frame}.json"
        calibration.parent.mkdir(parents=True)
        calibration.write_text(json.dumps({"P1": projection, "Q": [[1.0]]}), encoding="utf-8")
    return folder


def write_hamlyn(folder: Path) -> Path:
    """Two sequences, one of them a folder deeper; depth in whole millimetres up to the 300 of saturation."""
    for inner in (folder / "rectified01", folder / "rectified04" / "rectified04"):
        for number in (1, 2):
            write_picture(inner / "image01" / f"{number:010d}.jpg", picture(number, 20, 16))
            depth = np.full((16, 20), 40 + number, np.uint16)
            depth[0, :3] = (0, 300, 1)
            write_picture(inner / "depth01" / f"{number:010d}.png", depth)
        (inner / "intrinsics.txt").write_text("15.5 0 9 0\n0 15.5 7 0\n0 0 1 0\n", encoding="utf-8")
    return folder


def write_c3vd(folder: Path) -> Path:
    """One sequence of version 1: colour without leading zeros, depth of a quarter of the range, poses by columns."""
    root = folder / "cecum_t1_a"
    for number in range(2):
        write_picture(root / f"{number}_color.png", picture(number, 27, 22))
        write_picture(root / f"{number:04d}_depth.tiff", np.full((22, 27), 16384, np.uint16))
    rows = ["1,0,0,0,0,0,1,0,0,-1,0,0,10,20,30,1", "1,0,0,0,0,0,1,0,0,-1,0,0,11,20,30,1"]
    (root / "pose.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def write_c3vdv2(folder: Path) -> Path:
    """A registered video and a deformation video (no depth), below the folder of their kind."""
    for kind, name in (("registered_videos", "c1_cecum_t1_v1"), ("deformation_videos", "c2_cecum_t1_v4")):
        root = folder / kind / name
        for number in range(2):
            write_picture(root / "rgb" / f"{number:04d}.png", picture(number, 27, 22))
            if kind == "registered_videos":
                write_picture(root / "depth" / f"{number:04d}_depth.tiff", np.full((22, 27), 16384, np.uint16))
        (root / "pose.txt").write_text("1,0,0,0,0,1,0,0,0,0,1,0,-265.3,25,-400.9,1\n" * 2, encoding="utf-8")
    intrinsics = {"width": 1350, "height": 1080, "cx": 677.739464094188, "cy": 543.057997844875}
    intrinsics |= {"a0": 767.733695862103, "a1": 0.0, "a2": -0.000592506426558248, "a3": -2.6944026660004e-07}
    intrinsics |= {"a4": -2.16380341010063e-10, "c": 0.9999, "d": 1.1e-4, "e": -1.83e-4}
    text = "\n".join(f"{name} = {value}" for name, value in intrinsics.items())
    (folder / "camera_intrinsics.txt").write_text(text + "\n", encoding="utf-8")
    return folder


def write_cholecseg8k(folder: Path) -> Path:
    """Two videos of one clip of two frames: background, liver, gallbladder and the rim of an annotation."""
    for video, first in (("video01", 80), ("video12", 15750)):
        clip = folder / video / f"{video}_{first:05d}"
        for number in (first, first + 1):
            write_picture(clip / f"frame_{number}_endo.png", picture(number % 7, 20, 16))
            mask = np.repeat(np.array([50, 21, 22, 255], np.uint8), 5)
            grey = np.repeat(np.tile(mask, (16, 1))[..., None], 3, axis=2)
            write_picture(clip / f"frame_{number}_endo_watershed_mask.png", grey)
            write_picture(clip / f"frame_{number}_endo_color_mask.png", picture(1, 20, 16))
            write_picture(clip / f"frame_{number}_endo_mask.png", grey)
    return folder


def write_kvasir(
    folder: Path, names: Sequence[str] = ("cju0qkwl35piu0993l0dewei2", "cju0qoxqj9q6s0835b43399p4")
) -> Path:
    """Pictures of several sizes; masks are JPEGs with the right half a polyp, so their rims are grey."""
    for number, name in enumerate(names):
        size = (48 + 16 * number, 32)
        write_picture(folder / "images" / f"{name}.jpg", picture(number, *size))
        mask = np.zeros(size[::-1], np.uint8)
        mask[:, size[0] // 2 :] = 255
        (folder / "masks").mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / "masks" / f"{name}.jpg"), mask, [cv2.IMWRITE_JPEG_QUALITY, 60])
    boxes = {name: {"height": 32, "width": 48, "bbox": []} for name in names}
    (folder / "kavsir_bboxes.json").write_text(json.dumps(boxes), encoding="utf-8")
    return folder


def write_dsad(folder: Path) -> Path:
    """A frame of which only the liver is known, and one of the multilabel subset with liver and stomach."""
    half = np.zeros((16, 20), np.uint8)
    half[:, :10] = 255
    single, several = folder / "liver" / "01", folder / "multilabel" / "02"
    write_picture(single / "image00.png", picture(0, 20, 16))
    write_picture(single / "mask00.png", half)
    write_picture(several / "image03.png", picture(1, 20, 16))
    write_picture(several / "mask03_liver.png", half)
    write_picture(several / "mask03_stomach.png", np.roll(half, 5, axis=1) & half)
    (single / "weak_labels.csv").write_text("image,liver\n", encoding="utf-8")
    return folder
