"""How far a surface lies from the true one of a rendered clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from EndoDepthLib.fusion.observation import observe
from EndoDepthLib.geometry import camera_rays, load_camera
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap, Scale

_POINTS_A_FRAME = 20_000
_FRAMES = 60


class ClipTruth:
    """Camera, poses, depth and instrument masks of a clip made by `endodepth synthesize`, all in millimetres."""

    def __init__(self, clip: Path) -> None:
        self.clip = clip
        self.camera: Camera = load_camera(clip / "camera.json")
        poses = json.loads((clip / "poses.json").read_text(encoding="utf-8"))["world_from_camera"]
        self.poses = np.array(poses)
        entries = json.loads((clip / "labels.json").read_text(encoding="utf-8"))["labels"]
        self._instrument = next((e["value"] for e in entries if e["name"] == "surgical instrument"), 255)

    def depth(self, number: int) -> np.ndarray:
        """(H, W) float32 z-depth of a frame, NaN outside the picture."""
        return np.asarray(np.load(self.clip / "depth" / f"{number:06d}.npy", allow_pickle=False))

    def instrument(self, number: int) -> np.ndarray:
        """(H, W) bool: where an instrument is."""
        from EndoDepthLib.results.arrays import read_image

        return np.asarray(read_image(self.clip / "labels" / f"{number:06d}.png", 1) == self._instrument)

    def distance_to(self, vertices: np.ndarray, seed: int = 0) -> np.ndarray:
        """(N,) millimetres from vertices (N, 3), in the world of the clip, to the plane of the nearest true point."""
        points, normals = self._surface(np.random.default_rng(seed))
        away, nearest = cKDTree(points).query(vertices)
        plane = np.abs(((vertices - points[nearest]) * normals[nearest]).sum(axis=1))
        spacing = 3 * float(np.median(cKDTree(points).query(points[::50], k=2)[0][:, 1]))
        # Near a true point its plane is the surface; farther off only the distance itself is certain.
        return np.asarray(np.where(away < max(spacing, 1.0), plane, away))

    def _surface(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        points, normals = [], []
        rays = camera_rays(self.camera)
        for number in np.unique(np.linspace(0, len(self.poses) - 1, _FRAMES).round().astype(int)):
            depth, hidden = self.depth(number), self.instrument(number)
            values = DepthMap(depth, np.ones_like(depth), self.camera, Scale.METRIC_MM)
            blank = Frame(np.zeros((*depth.shape, 3), np.uint8), 0)
            seen = observe(blank, values, LabelMap(hidden.astype(np.uint8), ("tool",)), left_out_labels=(1,))
            place = rays * seen.depth[..., None]
            normal = np.cross(np.gradient(place, axis=1), np.gradient(place, axis=0))
            normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
            good = (seen.weight > 0) & np.isfinite(normal).all(axis=-1)
            flat = np.flatnonzero(good)
            flat = rng.choice(flat, min(_POINTS_A_FRAME, len(flat)), replace=False)
            turn, move = self.poses[number][:3, :3], self.poses[number][:3, 3]
            points.append(place.reshape(-1, 3)[flat] @ turn.T + move)
            normals.append(normal.reshape(-1, 3)[flat] @ turn.T)
        return np.concatenate(points), np.concatenate(normals)
