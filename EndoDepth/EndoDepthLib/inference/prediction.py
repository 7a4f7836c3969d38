"""What a model says of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.values import DepthMap, LabelMap


@dataclass(frozen=True)
class Prediction:
    """Depth of one frame and, when structures were asked for, their labels, all on the frame's pixel grid.

    validity (H, W) uint8 of video.Validity: border, tissue, or a highlight, under which the depth is little trusted.
    """

    depth: DepthMap
    labels: LabelMap | None
    validity: np.ndarray
