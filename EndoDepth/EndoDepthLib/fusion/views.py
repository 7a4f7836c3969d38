"""A picture of a fused surface from three sides, to be looked at before anything is opened."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from EndoDepthLib.fusion.fused_surface import FusedSurface
from EndoDepthLib.fusion.mesh_files import UNITS
from EndoDepthLib.fusion.rendering import SurfaceRenderer
from EndoDepthLib.values import Camera

_SIDE_PX = 480
_TURN_DEG = 35.0
_FOV_DEG = 40.0
_LIGHT = 0.35
_BACKGROUND = (38, 40, 46)
_NAMES = ("as the first camera saw it", "from its left", "from above")


def draw_views(fused: FusedSurface) -> np.ndarray:
    """(H, W, 3) uint8 RGB: the surface from where the first camera was, from 35 degrees left of it and above it.

    The colours are those of the video, with some shading by a light at the viewer, so that the shape shows. Below each
    view stands what it is; units are in the first.
    """
    surface = fused.surface
    vertices = surface.vertices.astype(np.float64)
    low, high = np.percentile(vertices, [2, 98], axis=0)
    middle, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2
    lens = Camera.from_fov(_FOV_DEG, _SIDE_PX, _SIDE_PX)
    distance = 1.1 * radius / math.sin(math.radians(_FOV_DEG / 2 / math.sqrt(2)))
    pictures = []
    for (across, up), name in zip(((0.0, 0.0), (-_TURN_DEG, 0.0), (0.0, _TURN_DEG)), _NAMES, strict=True):
        pose = _looking(fused.world_from_camera[:3, :3] @ _turned(across, up), middle, distance)
        lit = replace(surface, colors=_shaded(fused, pose[:3, 3]))
        with SurfaceRenderer(lit, lens) as renderer:
            picture, depth = renderer.render(pose)
        picture[np.isnan(depth)] = _BACKGROUND
        cv2.putText(picture, name, (10, _SIDE_PX - 12), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (235, 235, 235), 1, cv2.LINE_AA)
        pictures.append(picture)
    cv2.putText(
        pictures[0], f"unit: {UNITS[fused.scale]}", (10, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (235, 235, 235), 1,
        cv2.LINE_AA,
    )  # fmt: skip
    return np.concatenate(pictures, axis=1)


def _turned(across_deg: float, up_deg: float) -> np.ndarray:
    """Rotation of a viewer that goes round to its right and down by these angles, still looking at the middle."""
    turn_y, _ = cv2.Rodrigues(np.array([0.0, math.radians(-across_deg), 0.0]))
    turn_x, _ = cv2.Rodrigues(np.array([math.radians(-up_deg), 0.0, 0.0]))
    return np.asarray(turn_y @ turn_x)


def _looking(rotation: np.ndarray, middle: np.ndarray, distance: float) -> np.ndarray:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, middle - distance * rotation[:, 2]
    return pose


def _shaded(fused: FusedSurface, light: np.ndarray) -> np.ndarray:
    surface = fused.surface
    vertices = surface.vertices.astype(np.float64)
    a, b, c = (vertices[surface.triangles[:, corner]] for corner in range(3))
    facet = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(surface.triangles[:, corner], facet[:, axis], minlength=len(vertices))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    towards = light - vertices
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = np.clip((normals * towards).sum(axis=1), 0, 1)
    gain = (1 - _LIGHT) + _LIGHT * facing
    return np.asarray(np.clip(surface.colors * (1.15 * gain)[:, None], 0, 255).astype(np.uint8))
