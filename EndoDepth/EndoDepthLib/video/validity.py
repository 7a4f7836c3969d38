"""What a pixel shows: nothing of the endoscope's picture, tissue, or a highlight on it."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

import numpy as np

from EndoDepthLib.values import DepthMap
from EndoDepthLib.video.specular import specular_mask

HIGHLIGHT_CONFIDENCE = 0.2
"""The most that depth under a highlight is trusted: it is interpolated from around it."""


class Validity(IntEnum):
    """The values of a validity map."""

    OUTSIDE = 0
    TISSUE = 1
    SPECULAR = 2


def validity_map(image: np.ndarray, content: np.ndarray) -> np.ndarray:
    """(H, W) uint8 of Validity for an RGB image (H, W, 3) uint8 and its content area (H, W) bool."""
    shown = specular_mask(image).view(np.uint8) + np.uint8(Validity.TISSUE)  # the values are 0, 1, 2
    return np.asarray(shown * content.view(np.uint8))


def doubt_highlights(depth: DepthMap, validity: np.ndarray) -> DepthMap:
    """The depth with its confidence under highlights capped at HIGHLIGHT_CONFIDENCE; validity as of validity_map."""
    capped = np.minimum(depth.confidence, np.float32(HIGHLIGHT_CONFIDENCE))
    return replace(depth, confidence=np.where(validity == Validity.SPECULAR, capped, depth.confidence))
