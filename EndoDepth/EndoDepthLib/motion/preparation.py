"""The pictures and masks that structure from motion reads, written one frame at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.motion.engine import IMAGES, MASKS
from EndoDepthLib.motion.tracking import FrameMotion, follow, small_grey
from EndoDepthLib.values import Frame
from EndoDepthLib.video import specular_mask

LeftOut = Callable[[Frame], np.ndarray]
"""(H, W) bool of a frame: what must not be used, such as instruments, which move on their own."""

_CONTRAST_LIMIT = 3.0
_TILES = (8, 8)
_EDGE_SHARE = 1 / 72
"""How far masks reach beyond what they hide, in picture heights: a feature sees its surroundings."""


@dataclass(frozen=True)
class PreparedFrame:
    """A frame that was written: its number in the video, and how it moved since the frame written before (None: the
    first one)."""

    index: int
    motion: FrameMotion | None


def file_name(index: int) -> str:
    """Name of a frame's picture; COLMAP sorts by it."""
    return f"{index:08d}.png"


def prepare_frames(
    frames: Iterable[Frame], content: np.ndarray, folder: Path, left_out: LeftOut | None = None
) -> Iterator[PreparedFrame]:
    """Write pictures (grey, local contrast equalised) and masks (content without edges, highlights and what is left
    out) to folder/images and folder/masks, and say of each how it moved.

    content (H, W) bool: the endoscope's picture. Yields after each frame, so that callers can count and stop.
    """
    for name in (IMAGES, MASKS):
        (folder / name).mkdir(parents=True, exist_ok=True)
    equalise = cv2.createCLAHE(_CONTRAST_LIMIT, _TILES)
    reach = max(1, round(content.shape[0] * _EDGE_SHARE))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    # The picture's own border is no edge to keep away from, the dark frame around the content is.
    inner = cv2.erode(content.astype(np.uint8), kernel, borderValue=(1,)).astype(bool)
    before: np.ndarray | None = None
    for frame in frames:
        hidden = specular_mask(frame.image)
        if left_out is not None:
            apart = left_out(frame).astype(np.uint8)
            hidden |= cv2.dilate(apart, kernel).astype(bool)
        mask = inner & ~hidden
        grey = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        name = file_name(frame.index)
        _write(folder / IMAGES / name, equalise.apply(grey))
        _write(folder / MASKS / f"{name}.png", np.where(mask, np.uint8(255), np.uint8(0)))
        small = small_grey(frame.image)
        motion = None
        if before is not None:
            area = cv2.resize(mask.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
            motion = follow(small, before, area)
        before = small
        yield PreparedFrame(frame.index, motion)


def _write(file: Path, picture: np.ndarray) -> None:
    # Through memory: cv2.imwrite cannot write to every path that Windows allows.
    file.write_bytes(cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
