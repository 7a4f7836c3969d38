"""A picture of a registration: the organ, the seen surface on it coloured by its distance, and the figures."""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.registration.painting import paint, shaded
from EndoDepthLib.registration.result import Registration
from EndoDepthLib.registration.seen_surface import SeenSurface

_WIDTH, _HEIGHT, _FOOT = 560, 480, 92
_BACKGROUND, _ORGAN, _TEXT = (30, 32, 38), (150, 150, 158), (235, 235, 235)
LARGEST_MM = 5.0
"""Distances that get the ends of the colour scale: blue inside the organ, red outside."""


def residual_colors(residuals_mm: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 RGB: white on the organ, red outside it, blue inside, full from 5 mm on."""
    share = np.clip(residuals_mm / LARGEST_MM, -1, 1)[:, None]
    white, red, blue = (np.array(color, float) for color in ((240, 240, 240), (215, 40, 40), (45, 85, 220)))
    return np.rint(white + np.abs(share) * (np.where(share > 0, red, blue) - white)).astype(np.uint8)


def draw_registration(seen: SeenSurface, organ: OrganSurface, registration: Registration) -> np.ndarray:
    """(H, W, 3) uint8 RGB: from where the surface was seen, and from its side; below them the figures."""
    placed = registration.ct_from_surface.apply(seen.vertices)
    normals = seen.normals @ registration.ct_from_surface.rotation.T
    towards = normals.mean(axis=0)
    towards = towards / max(float(np.linalg.norm(towards)), 1e-9)
    up = np.array([0.0, 0.0, 1.0]) if abs(towards[2]) < 0.9 else np.array([0.0, -1.0, 0.0])
    side = np.cross(up, towards)
    side /= np.linalg.norm(side)
    colors = residual_colors(registration.residuals_mm)[seen.triangles].mean(axis=1)
    views = [_view(direction, up, placed, seen, colors, organ) for direction in (towards, side)]
    picture = np.concatenate([np.concatenate(views, axis=1), _figures(registration)])
    return picture


def _view(
    towards: np.ndarray, up: np.ndarray, placed: np.ndarray, seen: SeenSurface, colors: np.ndarray, organ: OrganSurface
) -> np.ndarray:
    image = np.full((_HEIGHT, _WIDTH, 3), _BACKGROUND, np.uint8)
    right = np.cross(up, towards)
    right /= np.linalg.norm(right)
    axes = np.stack([right, -np.cross(towards, right), -towards])
    shown = organ.vertices @ axes.T
    middle = (shown.min(axis=0) + shown.max(axis=0)) / 2
    scale = 0.85 * min(_WIDTH / np.ptp(shown[:, 0]), _HEIGHT / np.ptp(shown[:, 1]))
    centre = np.array([_WIDTH / 2, _HEIGHT / 2])
    flat = (shown[:, :2] - middle[:2]) * scale + centre
    grey = shaded(organ.vertices, organ.triangles, towards, np.array(_ORGAN, float))
    paint(image, flat, shown[:, 2], organ.triangles, grey)
    of_seen = placed @ axes.T
    layer = image.copy()
    lit = shaded(placed, seen.triangles, towards, colors)
    covered = paint(layer, (of_seen[:, :2] - middle[:2]) * scale + centre, of_seen[:, 2], seen.triangles, lit)
    image[covered] = np.rint(0.2 * image[covered] + 0.8 * layer[covered]).astype(np.uint8)
    return image


def _figures(registration: Registration) -> np.ndarray:
    foot = np.full((_FOOT, 2 * _WIDTH, 3), _BACKGROUND, np.uint8)
    expected, bound = registration.expected_error_mm()
    error = f"expected target error {expected:.1f} mm, 90 % below {bound:.1f} mm"
    lines = [
        f"{registration.method}: rms {registration.rms_mm:.1f} mm, {100 * registration.inlier_share:.0f} % of the "
        f"surface fits, {100 * registration.coverage:.0f} % of the organ seen",
        "AMBIGUOUS: another pose fits about as well" if registration.ambiguous else error,
        f"white: on the organ; red: {LARGEST_MM:.0f} mm outside; blue: {LARGEST_MM:.0f} mm inside",
    ]
    for number, line in enumerate(lines):
        place = (14, 24 + 26 * number)
        cv2.putText(foot, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, _TEXT, 1, cv2.LINE_AA)
    return foot
