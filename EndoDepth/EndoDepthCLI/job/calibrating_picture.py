"""residuals.png: corners, how far each lies from its place, and which parts of the picture are covered."""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthCLI.pictures.legend import INK, QUIET_INK
from EndoDepthCLI.pictures.panels import BACKGROUND
from EndoDepthCLI.pictures.text import draw_text, shorten
from EndoDepthLib.calibration import Calibration

_PANEL_PX = 760
_MARGIN = 20
_TITLE_PX, _TEXT_PX = 24, 18
_ARROW_SHARE = 0.03  # length of a typical arrow, in panel widths
_SURROUND = (12, 12, 14)
_FIELD = (52, 52, 58)
_CELLS = 24


def residual_picture(calibration: Calibration) -> np.ndarray:
    """(H, W, 3) uint8 RGB: enlarged residual vectors, and how often each part of the picture showed a corner."""
    arrows, enlargement = _arrows(calibration)
    coverage, most = _coverage(calibration)
    height, width = arrows.shape[:2]
    total = 2 * width + 3 * _MARGIN
    head = np.full((3 * (_TEXT_PX + 12) + _TITLE_PX + 26, total, 3), BACKGROUND, np.uint8)
    for line, text in enumerate(_heading(calibration)):
        size, ink = (_TITLE_PX, INK) if line == 0 else (_TEXT_PX, QUIET_INK)
        baseline = _TITLE_PX + 12 + line * (_TEXT_PX + 12)
        draw_text(head, shorten(text, size, total - 2 * _MARGIN), _MARGIN, baseline, size, ink)
    body = np.full((height, total, 3), BACKGROUND, np.uint8)
    body[:, _MARGIN : _MARGIN + width] = arrows
    body[:, 2 * _MARGIN + width : 2 * _MARGIN + 2 * width] = coverage
    foot = np.full((_TEXT_PX + 30, total, 3), BACKGROUND, np.uint8)
    left = f"corners seen, and their errors {enlargement:g} times enlarged; a colour for each frame"
    right = f"corners in each part: none (grey) to {most} (yellow)"
    draw_text(foot, shorten(left, _TEXT_PX, width), _MARGIN, _TEXT_PX + 8, _TEXT_PX, INK)
    draw_text(foot, shorten(right, _TEXT_PX, width), 2 * _MARGIN + width, _TEXT_PX + 8, _TEXT_PX, INK)
    return np.vstack([head, body, foot])


def _heading(calibration: Calibration) -> tuple[str, ...]:
    camera = calibration.camera
    deviations = dict(zip(calibration.parameter_names, calibration.standard_deviations, strict=True))
    values = dict(zip(calibration.parameter_names, calibration.values, strict=True))
    coefficients = "   ".join(
        f"{name} {values[name]:.4f} +- {deviations[name]:.4f}" for name in calibration.parameter_names[4:]
    )
    pixels = "   ".join(f"{name} {values[name]:.1f} +- {deviations[name]:.2f}" for name in ("fx", "fy", "cx", "cy"))
    return (
        f"{calibration.lens}, {camera.width} x {camera.height}: reprojection error {calibration.rms_px:.2f} px, "
        f"{calibration.held_out_px[calibration.lens]:.2f} px on frames held out",
        f"{pixels} px",
        coefficients,
        f"{len(calibration.views)} frames used, {len(calibration.left_out)} left out of {calibration.searched}; "
        f"{calibration.coverage:.0%} of the picture covered, boards up to {calibration.tilt_deg:.0f} degrees apart",
    )


def _arrows(calibration: Calibration) -> tuple[np.ndarray, float]:
    """The panel, and the round number by which residuals are enlarged."""
    panel, scale = _field(calibration)
    typical = float(np.median(np.linalg.norm(np.concatenate(calibration.residuals), axis=1))) * scale
    wanted = _ARROW_SHARE * panel.shape[1] / max(typical, 1e-6)
    power = 10.0 ** np.floor(np.log10(wanted))
    enlargement = float(max(step * power for step in (1, 2, 5) if step * power <= wanted))
    hues = np.linspace(0, 179, len(calibration.views), endpoint=False).astype(np.uint8)
    for view, residuals, hue in zip(calibration.views, calibration.residuals, hues, strict=True):
        color = cv2.cvtColor(np.array([[[hue, 150, 255]]], np.uint8), cv2.COLOR_HSV2RGB)[0, 0].tolist()
        for start, step in zip((view.pixels + 0.5) * scale - 0.5, residuals * scale * enlargement, strict=True):
            ends = np.rint(np.stack([start, start + step]) * 16).astype(int)
            cv2.line(panel, tuple(ends[0].tolist()), tuple(ends[1].tolist()), color, 1, cv2.LINE_AA, 4)
            cv2.circle(panel, tuple(ends[0].tolist()), 28, color, -1, cv2.LINE_AA, 4)
    return panel, enlargement


def _coverage(calibration: Calibration) -> tuple[np.ndarray, int]:
    """The panel, and the largest count of corners in one cell."""
    panel, scale = _field(calibration)
    height, width = panel.shape[:2]
    side = max(width, height) / _CELLS
    counts = np.zeros((int(np.ceil(height / side)), int(np.ceil(width / side))), int)
    for view in calibration.views:
        cells = ((view.pixels + 0.5) * scale / side).astype(int)
        rows = np.clip(cells[:, 1], 0, counts.shape[0] - 1)
        np.add.at(counts, (rows, np.clip(cells[:, 0], 0, counts.shape[1] - 1)), 1)
    most = int(counts.max())
    for (row, column), count in np.ndenumerate(counts):
        if count:
            shade = np.array([[round(60 + 195 * count / most)]], np.uint8)
            color = cv2.cvtColor(cv2.applyColorMap(shade, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)[0, 0]
            top, left = round(row * side), round(column * side)
            panel[top + 1 : round((row + 1) * side) - 1, left + 1 : round((column + 1) * side) - 1] = color
    return panel, most


def _field(calibration: Calibration) -> tuple[np.ndarray, float]:
    """An empty panel with the picture's shape, its dark surround shown, and panel pixels a picture pixel."""
    camera = calibration.camera
    scale = _PANEL_PX / max(camera.width, camera.height)
    size = (round(camera.width * scale), round(camera.height * scale))
    content = cv2.resize(calibration.content.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    panel = np.full((size[1], size[0], 3), _SURROUND, np.uint8)
    panel[content] = _FIELD
    return panel, scale
