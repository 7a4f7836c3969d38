"""What a model says of one frame."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.values import DepthMap, LabelMap


@dataclass(frozen=True)
class Prediction:
    """Depth of one frame and, when structures were asked for, their labels; both on the frame's pixel grid."""

    depth: DepthMap
    labels: LabelMap | None
