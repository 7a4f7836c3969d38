"""Frames made smaller before fusion: pixels much finer than voxels cost time and bring noise."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from EndoDepthLib.values import DepthMap, Frame, LabelMap


def smaller_frame(frame: Frame, width: int, height: int) -> Frame:
    """The picture at this size, every new pixel the mean of what it covers."""
    return replace(frame, image=cv2.resize(frame.image, (width, height), interpolation=cv2.INTER_AREA))


def smaller_depth(depth: DepthMap, width: int, height: int) -> DepthMap:
    """The depth at this size: the mean disparity of what a pixel covers, NaN where any of it has no depth."""
    disparity = cv2.resize(1.0 / depth.depth, (width, height), interpolation=cv2.INTER_AREA)
    confidence = cv2.resize(depth.confidence, (width, height), interpolation=cv2.INTER_AREA)
    return replace(
        depth, depth=1.0 / disparity, confidence=np.clip(confidence, 0, 1), camera=depth.camera.resize(width, height)
    )


def smaller_labels(labels: LabelMap, width: int, height: int) -> LabelMap:
    """The labels at this size, without scores."""
    return LabelMap(smaller_map(labels.labels, width, height), labels.names)


def smaller_map(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """A uint8 or bool map at this size: the value in the middle of each new pixel."""
    resized = cv2.resize(values.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized.astype(values.dtype))
