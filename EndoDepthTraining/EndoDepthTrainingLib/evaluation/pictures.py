"""A frame, what is known of it and what a network says of it, as pictures side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.evaluation import IGNORED, DepthProtocol
from EndoDepthLib.evaluation.depth_metrics import aligned_pair, resize_through_disparity
from EndoDepthLib.inference import Prediction

PANEL_WIDTH = 300
LARGEST_SHOWN_ERROR = 0.5
_UNKNOWN_RGB = (40, 40, 44)
_VOID_BRIGHTNESS = 0.6
_OPACITY = 0.5


@dataclass(frozen=True)
class Panel:
    """A picture (h, w, 3) uint8 RGB, PANEL_WIDTH wide, and the words under it."""

    caption: str
    image: np.ndarray


def depth_panels(
    reference: np.ndarray, prediction: Prediction, protocol: DepthProtocol, image: np.ndarray
) -> list[Panel]:
    """Reference depth, predicted depth on the same colours after alignment, relative error, confidence.

    reference: (H, W) mm, NaN unknown; image (h, w, 3) uint8 RGB, whose shape the panels take. Near is warm, far is
    cold, equal ratios of depth are equal steps of colour.
    """
    scaled, known = aligned_depth(reference, prediction.depth.depth, protocol)
    near, far = (float(value) for value in np.percentile(reference[known], (2, 98)))
    far = max(far, 1.2 * near)
    error = np.where(known, np.abs(scaled - reference) / np.where(known, reference, 1.0), np.nan)
    confidence = prediction.depth.confidence.astype(np.float64)
    colored = [
        (f"reference depth, {near:.3g} to {far:.3g} mm", _depth_colors(np.where(known, reference, np.nan), near, far)),
        ("predicted depth, same colours", _depth_colors(scaled, near, far)),
        (
            f"relative error, mean {np.nanmean(error):.3f} (black 0, bright {LARGEST_SHOWN_ERROR:.0%} and more)",
            _colors(error / LARGEST_SHOWN_ERROR, cv2.COLORMAP_INFERNO),
        ),
        ("confidence (dark 0, bright 1)", _colors(confidence, cv2.COLORMAP_VIRIDIS)),
    ]
    size = panel_size(image)
    return [Panel(caption, cv2.resize(picture, size, interpolation=cv2.INTER_AREA)) for caption, picture in colored]


def label_panels(
    image: np.ndarray, reference: np.ndarray, prediction: np.ndarray, colors: Sequence[tuple[int, int, int]]
) -> list[Panel]:
    """Reference and predicted labels over the image: (H, W) uint8, i + 1 has colors[i]; void is without colour."""
    return [
        Panel(f"{which} labels", _overlay(image_panel(image).image, labels, colors))
        for which, labels in (("reference", reference), ("predicted", prediction))
    ]


def image_panel(image: np.ndarray) -> Panel:
    """The frame itself."""
    return Panel("frame", cv2.resize(image, panel_size(image), interpolation=cv2.INTER_AREA))


def panel_size(image: np.ndarray) -> tuple[int, int]:
    """Width and height of a panel that shows an image of this shape."""
    height, width = image.shape[:2]
    return PANEL_WIDTH, max(1, round(height * PANEL_WIDTH / width))


def aligned_depth(
    reference: np.ndarray, prediction: np.ndarray, protocol: DepthProtocol
) -> tuple[np.ndarray, np.ndarray]:
    """The prediction on the reference's pixels in its unit, scaled and limited by the protocol, and where both count.

    Gives (H, W) float64, NaN invalid, and (H, W) bool. Raises InputError when no pixel counts.
    """
    p, _, both = aligned_pair(prediction, reference, protocol)
    resized = resize_through_disparity(np.where(prediction > 0, prediction, np.nan), *reference.shape)
    # The median of what was scaled and clipped is the clipped median: the factor comes from unclipped pixels.
    free = (p > protocol.min_depth) & (p < protocol.max_depth)
    factor = float(np.median(p[free] / resized[both][free])) if free.any() else 1.0
    return np.clip(resized * factor, protocol.min_depth, protocol.max_depth), both


def _depth_colors(depth: np.ndarray, near: float, far: float) -> np.ndarray:
    share = np.log(np.where(np.isfinite(depth), depth, far) / near) / np.log(far / near)
    return _colors(np.where(np.isfinite(depth), 1.0 - share, np.nan), cv2.COLORMAP_TURBO)


def _colors(values: np.ndarray, scale: int) -> np.ndarray:
    """(H, W, 3) uint8 RGB of values in [0, 1]; NaN is grey."""
    known = np.isfinite(values)
    levels = (np.clip(np.where(known, values, 0.0), 0.0, 1.0) * 255.0).round().astype(np.uint8)
    image = cv2.cvtColor(cv2.applyColorMap(levels, scale), cv2.COLOR_BGR2RGB)
    image[~known] = _UNKNOWN_RGB
    return np.asarray(image)


def _overlay(picture: np.ndarray, labels: np.ndarray, colors: Sequence[tuple[int, int, int]]) -> np.ndarray:
    height, width = picture.shape[:2]
    shown = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    result = picture.astype(np.float64)
    for value, color in enumerate(colors, start=1):
        result[shown == value] *= 1.0 - _OPACITY
        result[shown == value] += _OPACITY * np.array(color, np.float64)
    void = shown == IGNORED
    result[void] = _VOID_BRIGHTNESS * result[void].mean(axis=1, keepdims=True)
    return result.round().astype(np.uint8)
