"""Auto exposure: the gain that brings a percentile of the scene to a target, with the lag of a real controller."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from EndoDepthLib.phantoms.optics.settings import ExposureSettings

_STEP_PX = 4  # metering looks at every fourth pixel


def metered_gain(image: Tensor, content: Tensor, settings: ExposureSettings) -> Tensor:
    """Scalar tensor: the gain for linear `image` (3, H, W) metered where `content` (H, W) bool; 1 for a black scene."""
    level = image[:, ::_STEP_PX, ::_STEP_PX].amax(dim=0)
    level = torch.where(content[::_STEP_PX, ::_STEP_PX], level, torch.nan)
    measured = torch.nanquantile(level, settings.percentile / 100).nan_to_num(0.0)
    return torch.where(measured > 1e-8, settings.target / measured.clamp(min=1e-8), torch.ones_like(measured))


class AutoExposure:
    """Exposure of the frames of one clip in order: each gain keeps a share (`lag`) of the previous one, in stops."""

    def __init__(self, settings: ExposureSettings) -> None:
        self._settings = settings
        self._previous: Tensor | None = None

    def gain(self, image: Tensor, content: Tensor, jitter: float = 0.0) -> Tensor:
        """Scalar tensor: the gain of the next frame. `jitter` is a standard normal draw for the frame."""
        settings = self._settings
        wanted = metered_gain(image, content, settings).log()
        if self._previous is not None:
            wanted = torch.lerp(wanted, self._previous.to(wanted), settings.lag)
        self._previous = wanted
        stops = settings.bias_stops + settings.jitter_stops * jitter
        return (wanted + stops * math.log(2)).exp()
