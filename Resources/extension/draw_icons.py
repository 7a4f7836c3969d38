"""Draws the icons of the extension and of its modules: `python Resources/extension/draw_icons.py` from the repository.

A round endoscopic view down a folded lumen, one half as tissue and one half as depth. The training module's icon has a
falling error curve on top. Every icon is drawn large and reduced by area, so that it stays clear at 16 pixels.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SIZE_FROM_FILE = {
    "Resources/EndoDepth.png": 128,
    "EndoDepth/Resources/Icons/EndoDepth.png": 64,
    "EndoDepthTraining/Resources/Icons/EndoDepthTraining.png": 64,
}

_DRAWN_PX = 1024
_DISC_RADIUS = 0.93  # of half the picture
_RIM_WIDTH = 0.07
_FOLDS = 3
_DEEP_END = (0.06, -0.04)  # where the lumen leads, a little off the middle
_DIVIDING_LINE = (np.cos(np.deg2rad(-18.0)), np.sin(np.deg2rad(-18.0)))  # its normal
_DIVIDING_WIDTH = 0.055

_TISSUE_STOPS = ((0.0, (58, 12, 22)), (0.3, (150, 48, 52)), (0.65, (222, 116, 104)), (1.0, (250, 176, 154)))
_DEPTH_STOPS = (
    (0.0, (44, 30, 104)),
    (0.25, (38, 110, 190)),
    (0.5, (44, 178, 142)),
    (0.75, (238, 196, 66)),
    (1.0, (226, 86, 48)),
)
_RIM_COLOUR = (24, 28, 40)


def _colours(values: np.ndarray, stops: tuple[tuple[float, tuple[int, int, int]], ...]) -> np.ndarray:
    """RGB float (height, width, 3) for values in 0..1, linear between the stops."""
    places = [place for place, _ in stops]
    return np.stack([np.interp(values, places, [colour[band] for _, colour in stops]) for band in range(3)], axis=-1)


def _scene(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearness in 0..1 and brightness of the folded lumen at these places in -1..1."""
    dx, dy = x - _DEEP_END[0], y - _DEEP_END[1]
    angle = np.arctan2(dy, dx)
    # Three bands draw the folds of a colon into rounded triangles; each deeper fold is turned a little.
    distance = np.hypot(dx, dy) * (1.0 + 0.10 * np.cos(3.0 * angle + 0.6))
    position = np.clip(distance, 1e-6, None) ** 0.75 * _FOLDS
    fold, within = np.floor(position), position - np.floor(position)
    nearness = np.clip((fold + 0.25 + 0.75 * within) / (_FOLDS + 0.2), 0.0, 1.0)
    brightness = nearness * (0.62 + 0.38 * np.sin(np.pi * np.clip(within * 1.15, 0.0, 1.0)) ** 0.7)
    return nearness, np.where(fold < 1.0, brightness * 0.3, brightness)


def draw_icon(size: int, curve: bool = False) -> np.ndarray:
    """An icon as RGBA uint8 (size, size, 4); `curve` adds the training module's sign."""
    axis = (np.arange(_DRAWN_PX) + 0.5) / _DRAWN_PX * 2.0 - 1.0
    x, y = np.meshgrid(axis, axis)
    nearness, brightness = _scene(x, y)
    side = x * _DIVIDING_LINE[0] + y * _DIVIDING_LINE[1]
    rgb = np.where((side < 0.0)[..., None], _colours(brightness, _TISSUE_STOPS), _colours(nearness, _DEPTH_STOPS))
    rgb[np.abs(side) < _DIVIDING_WIDTH / 2.0] = 255.0
    radius = np.hypot(x, y)
    rgb[radius > _DISC_RADIUS - _RIM_WIDTH] = _RIM_COLOUR
    alpha = np.where(radius < _DISC_RADIUS, 255.0, 0.0)
    if curve:
        _add_curve(rgb, alpha)
    # Premultiplied, so that the colour of transparent pixels does not bleed into the rim.
    drawn = np.dstack([rgb * alpha[..., None] / 255.0, alpha]).astype(np.float32)
    small = cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)
    small[..., :3] *= 255.0 / np.maximum(small[..., 3:], 1.0)
    return np.clip(np.rint(small), 0, 255).astype(np.uint8)


def _add_curve(rgb: np.ndarray, alpha: np.ndarray) -> None:
    """Draw a white plate with a falling curve into the lower right corner."""
    left, top, right, bottom = (round(share * _DRAWN_PX) for share in (0.50, 0.55, 0.98, 0.98))
    plate = np.zeros(alpha.shape, np.uint8)
    corner = round(0.07 * _DRAWN_PX)
    cv2.rectangle(plate, (left + corner, top), (right - corner, bottom), 255, -1)
    cv2.rectangle(plate, (left, top + corner), (right, bottom - corner), 255, -1)
    for centre_x in (left + corner, right - corner):
        for centre_y in (top + corner, bottom - corner):
            cv2.circle(plate, (centre_x, centre_y), corner, 255, -1)
    edge = cv2.dilate(plate, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41)))
    rgb[edge > 0], alpha[edge > 0] = _RIM_COLOUR, 255.0
    rgb[plate > 0] = 255.0
    share = np.linspace(0.0, 1.0, 60)
    curve_x = left + (0.16 + 0.68 * share) * (right - left)
    curve_y = top + (0.20 + 0.58 * (1.0 - np.exp(-4.0 * share))) * (bottom - top)
    points = np.stack([curve_x, curve_y], axis=1).round().astype(np.int32)
    stroke = np.zeros(alpha.shape, np.uint8)
    cv2.polylines(stroke, [points], isClosed=False, color=255, thickness=round(0.075 * _DRAWN_PX))
    rgb[stroke > 0] = (38, 110, 190)


def write_icons() -> None:
    """Draw every icon of SIZE_FROM_FILE into its file."""
    for name, size in SIZE_FROM_FILE.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        icon = draw_icon(size, curve="Training" in name)
        done, encoded = cv2.imencode(".png", cv2.cvtColor(icon, cv2.COLOR_RGBA2BGRA))
        assert done
        path.write_bytes(encoded.tobytes())


if __name__ == "__main__":
    write_icons()
