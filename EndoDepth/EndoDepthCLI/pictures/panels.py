"""One frame as panels side by side: picture | depth colours | structures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from EndoDepthCLI.pictures.depth_colors import DepthColors
from EndoDepthCLI.pictures.text import Color
from EndoDepthLib.values import DepthMap, Frame, LabelMap

GAP_PX = 8
BACKGROUND: Color = (24, 24, 27)
_OPACITY = 0.45


def panel_size(width: int, height: int, panel_width: int) -> tuple[int, int]:
    """Width and height (both even) that a width x height image gets: panel_width wide, at most as tall as wide."""
    scale = min(panel_width / width, panel_width / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def panel_row(
    frame: Frame,
    depth: DepthMap,
    labels: LabelMap | None,
    scale: DepthColors,
    colors: Sequence[Color],
    panel_width: int,
    row_width: int = 0,
) -> np.ndarray:
    """(h, w, 3) uint8 RGB: the frame, its depth and, when there are labels, its structures; GAP_PX between them.

    A row narrower than row_width (tall pictures) is made that wide by a margin around each panel.
    """
    width, height = panel_size(frame.width, frame.height, panel_width)
    picture = _resize(frame.image, width, height)
    panels = [picture, _resize(scale.image(depth.depth), width, height)]
    if labels is not None:
        shown = cv2.resize(labels.labels, (width, height), interpolation=cv2.INTER_NEAREST)
        panels.append(overlay(picture, shown, colors))
    room = -(-(row_width - GAP_PX * (len(panels) - 1)) // len(panels))
    panels = [_in_the_middle(panel, room) for panel in panels]
    gap = np.full((height, GAP_PX, 3), BACKGROUND, np.uint8)
    return np.hstack([part for panel in panels for part in (panel, gap)][:-1])


def overlay(image: np.ndarray, labels: np.ndarray, colors: Sequence[Color]) -> np.ndarray:
    """The image with each structure tinted and outlined in its colour; labels (H, W) uint8, i + 1 has colors[i]."""
    result = image.astype(np.float32)
    for value, color in enumerate(colors, start=1):
        mask = labels == value
        result[mask] = result[mask] * (1 - _OPACITY) + np.array(color, np.float32) * _OPACITY
    result = result.round().astype(np.uint8)
    for value, color in enumerate(colors, start=1):
        mask = (labels == value).astype(np.uint8)
        edge = mask - cv2.erode(mask, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
        result[edge > 0] = color
    return result


def _in_the_middle(panel: np.ndarray, width: int) -> np.ndarray:
    if panel.shape[1] >= width:
        return panel
    canvas = np.full((panel.shape[0], width, 3), BACKGROUND, np.uint8)
    left = (width - panel.shape[1]) // 2
    canvas[:, left : left + panel.shape[1]] = panel
    return canvas


def _resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    interpolation = cv2.INTER_AREA if image.shape[1] >= width else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=interpolation)
