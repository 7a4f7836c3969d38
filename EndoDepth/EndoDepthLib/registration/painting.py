"""Meshes painted onto a picture, far triangles first: enough for an overlay and a look at a result."""

from __future__ import annotations

import cv2
import numpy as np

_FRACTION_BITS = 4


def paint(
    image: np.ndarray, pixels: np.ndarray, depth: np.ndarray, triangles: np.ndarray, colors: np.ndarray
) -> np.ndarray:
    """Paint triangles (M, 3) of places (N, 2) in pixels onto an RGB image (H, W, 3) in place; returns what was covered.

    depth (N,): what is farther is painted first; triangles with a corner that is not finite are left out. colors
    (M, 3). Returns (H, W) bool.
    """
    covered = np.zeros(image.shape[:2], np.uint8)
    usable = np.isfinite(pixels).all(axis=1) & np.isfinite(depth) & (np.abs(pixels) < 1e4).all(axis=1)
    kept = np.flatnonzero(usable[triangles].all(axis=1))
    order = kept[np.argsort(-depth[triangles[kept]].mean(axis=1), kind="stable")]
    fixed = np.rint(np.where(usable[:, None], pixels, 0) * 2**_FRACTION_BITS).astype(np.int32)
    shades = colors.astype(int).tolist()
    for number in order:
        corners = fixed[triangles[number]]
        cv2.fillConvexPoly(image, corners, shades[number], cv2.LINE_8, _FRACTION_BITS)
        cv2.fillConvexPoly(covered, corners, 1, cv2.LINE_8, _FRACTION_BITS)
    return covered.astype(bool)


def shaded(vertices: np.ndarray, triangles: np.ndarray, towards: np.ndarray, color: np.ndarray) -> np.ndarray:
    """(M, 3) colours of triangles lit from the eye; towards (3,): direction to it. color (3,) or (M, 3)."""
    a, b, c = (vertices[triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    light = 0.35 + 0.65 * np.abs(normals @ towards)
    lit: np.ndarray = np.clip(light[:, None] * color, 0, 255)
    return lit
