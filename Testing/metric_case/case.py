"""Two textured planes with a shaft before them, written as results, tracked folder, right eye and poses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from moving_camera.two_planes import CAMERA, poses, view, write_frames
from scipy.spatial.transform import Rotation

from EndoDepthLib.fusion import FusedSurface, save_fused
from EndoDepthLib.geometry import Similarity
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.registration import Registration
from EndoDepthLib.registration.registration_file import save_registration
from EndoDepthLib.results import ResultsInput, ResultsRequest, ResultsSegment, ResultsWriter
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.scaling import StereoRig, save_stereo_rig
from EndoDepthLib.tracking import TrackedFolder, save_tracked
from EndoDepthLib.tracking.tracked_folder import manifest_sha256
from EndoDepthLib.tracking.tum import tum_text
from EndoDepthLib.values import DepthMap, Frame, LabelMap, TrackedSequence, Trajectory

MM = 10.0
"""Millimetres of one length of the two planes: the wall is 60 mm away."""
DIAMETER_MM = 5.0
BASELINE_MM = 5.0
COUNT = 12
TOOL = ResultsSegment("grasper", "surgical instrument", (70, 130, 255), "phantoms")


def shaft(world_from_camera: np.ndarray) -> np.ndarray:
    """(H, W) float64 mm: depth of a shaft that enters from the right below, NaN beside it; it moves with the camera."""
    start, end = np.array([30.0, 22.0, 45.0]), np.array([-3.0, 2.0, 52.0])
    axis = (end - start) / np.linalg.norm(end - start)
    v, u = np.mgrid[: CAMERA.height, : CAMERA.width].astype(np.float64)
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones_like(u)], axis=-1)
    shift = (0.5 + world_from_camera[0, 3]) * np.array([2.0, 1.0, 1.0])
    across, offset = rays - (rays @ axis)[..., None] * axis, (start + shift) - ((start + shift) @ axis) * axis
    a, b, c = (across**2).sum(-1), across @ offset, offset @ offset - (DIAMETER_MM / 2) ** 2
    with np.errstate(invalid="ignore"):
        depth = (b - np.sqrt(b * b - a * c)) / a
    along = (rays * depth[..., None] - start - shift) @ axis
    return np.where(along < np.linalg.norm(end - start), depth, np.nan)


def truth_mm(world_from_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture, z-depth (H, W) float32 mm, and where the shaft is (H, W) bool."""
    image, depth = view(world_from_camera)
    tool = shaft(world_from_camera)
    image = np.where(np.isfinite(tool)[..., None], np.uint8(40), image)
    return image, np.where(np.isfinite(tool), tool, depth * MM).astype(np.float32), np.isfinite(tool)


def write_results(folder: Path, segments: tuple[ResultsSegment, ...] = (TOOL,), count: int = COUNT) -> list[float]:
    """A results folder of exact depth whose every frame is nominal; returns millimetres per unit of each frame."""
    source = ResultsInput("planes.mp4", frame_rate=10.0)
    request = ResultsRequest(source, CAMERA, "file", "default-v0", "0" * 64, segments)
    writer, scales = ResultsWriter.create(folder, request), []
    for number, pose in enumerate(poses(count)):
        image, depth_mm, tool = truth_mm(pose)
        frame = Frame(image, number, number / 10.0)
        exact = DepthMap(depth_mm, np.full(depth_mm.shape, 0.995, np.float32), CAMERA)
        depth = exact.nominal()
        scales.append(float(np.median(depth_mm)) / 50.0)
        labels = LabelMap(tool.astype(np.uint8), request.names) if segments else None
        surface = surface_from_depth(depth, frame, labels, stride=6)
        writer.write_frame(number, frame, depth, labels, surface)
    writer.finish()
    return scales


def write_tracked(folder: Path, results: Path, scales: list[float], mm_per_unit: float, submaps: int = 1) -> None:
    """A tracked folder of those results whose one unit is so many millimetres."""
    count = len(scales)
    world = poses(count)
    world[:, :3, 3] *= MM / mm_per_unit
    sequence = TrackedSequence(
        Trajectory(world, np.arange(count)),
        np.arange(count),
        np.arange(count) * submaps // count,
        ("structure from motion",) * count,
        mm_per_unit / np.array(scales),
        np.zeros(count),
    )
    times_s = np.arange(count) / 10.0
    save_tracked(folder, TrackedFolder(sequence, results, manifest_sha256(results), CAMERA, times_s))


def write_right_eye(folder: Path, calibration: Path) -> None:
    """The pictures of an eye BASELINE_MM to the right that looks a little inwards, and the pair's calibration."""
    turn = cv2.Rodrigues(np.array([0.002, -0.03, 0.004]))[0]  # right_from_left
    pictures = []
    for pose in poses(COUNT):
        left_from_right = np.eye(4)
        left_from_right[:3, :3], left_from_right[0, 3] = turn.T, BASELINE_MM / MM
        pictures.append(view(pose @ left_from_right)[0])
    write_frames(folder, pictures)
    save_stereo_rig(StereoRig(CAMERA, CAMERA, turn, turn @ np.array([-BASELINE_MM, 0.0, 0.0])), calibration)


def tracker_poses(count: int = COUNT, at_camera: bool = False) -> np.ndarray:
    """(count, 4, 4) mm: what a tracker sees of a marker on the endoscope's handle, in coordinates of its own."""
    world, marker, tracker = poses(count), np.eye(4), np.eye(4)
    world[:, :3, 3] *= MM
    if not at_camera:
        marker[:3, :3] = Rotation.from_rotvec([0.3, -1.1, 0.8]).as_matrix()
        marker[:3, 3] = [12.0, -20.0, -210.0]
    tracker[:3, :3], tracker[:3, 3] = Rotation.from_rotvec([1.0, 0.4, -2.0]).as_matrix(), [300.0, -80.0, 900.0]
    return np.asarray(tracker @ world @ marker)


def write_tracker(path: Path, at_camera: bool = False) -> None:
    """Those poses as lines of text."""
    path.write_text(tum_text(np.arange(COUNT) / 10.0, tracker_poses(at_camera=at_camera)), encoding="utf-8")


def points_mm(position: int, pixels: list[tuple[int, int]]) -> np.ndarray:
    """What pixels (u, v) of a frame show, (N, 3) mm."""
    depth = truth_mm(poses(COUNT)[position])[1]
    return np.array(
        [
            [(u - CAMERA.cx) / CAMERA.fx * depth[v, u], (v - CAMERA.cy) / CAMERA.fy * depth[v, u], depth[v, u]]
            for u, v in pixels
        ]
    )


def write_surface(folder: Path, mm_per_unit: float) -> np.ndarray:
    """A fused folder of one frame's exact surface in such a unit; returns its vertices (N, 3) mm."""
    image, depth_mm, _ = truth_mm(np.eye(4))
    depth = DepthMap(depth_mm / np.float32(mm_per_unit), np.ones(depth_mm.shape, np.float32), CAMERA)
    surface = surface_from_depth(depth, Frame(image), stride=6)
    weights = np.ones(len(surface.vertices), np.float32)
    save_fused(folder, FusedSurface(surface, weights, (), "unknown", CAMERA, np.eye(4), {"voxel": 1.0 / mm_per_unit}))
    return surface.vertices * mm_per_unit


def write_registration(folder: Path, mm_per_unit: float, log_scale_sd: float = 0.02, ambiguous: bool = False) -> None:
    """What `endodepth register` leaves of that surface."""
    covariance = np.diag([1e-4] * 3 + [1.0] * 3 + [log_scale_sd**2])
    turn = Rotation.from_rotvec([0.2, 0.1, -1.0]).as_matrix()
    pose = Similarity(mm_per_unit * 1.01, turn, np.array([5.0, 60.0, -9.0]))
    found = Registration(
        pose, "landmarks and surface", covariance, np.zeros(3), 1.2, 0.3, 0.9, np.zeros(0, np.float32), 0.0, ambiguous
    )
    folder.mkdir()
    save_registration(folder, found)


def picture_of_case(path: Path) -> None:
    """One frame, for people."""
    image, depth, _ = truth_mm(poses(COUNT)[3])
    grey = np.uint8(np.clip(depth / 80 * 255, 0, 255))
    path.write_bytes(encode_image(np.concatenate([image, np.repeat(grey[..., None], 3, axis=2)], axis=1)))
