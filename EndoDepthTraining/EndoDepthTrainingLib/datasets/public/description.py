"""What a data set is: where it comes from, what may be done with it, how it is split and compared, and who reads it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.evaluation import DepthProtocol
from EndoDepthLib.values import Camera
from EndoDepthTrainingLib.datasets.public.listing import Listing


class WeightsUse(Enum):
    """What the licence of a data set lets weights become that were trained on it."""

    ANY = "any, with attribution"
    RESEARCH = "research only: weights carry the mark 'research use'"
    NONE = "none: for checks only"
    YOURS = "yours to decide: the data are your own"


@dataclass(frozen=True)
class Split:
    """A named part of a data set: some of its sequences, a list of frames, or (neither) all of it.

    sequences: patterns (fnmatch) of sequence names. frame_list: text file in the data set's folder, a frame a line, as
    the owner of the protocol publishes it; list_source: where to get that. frames: how many there should be, None: not
    published.
    """

    name: str
    sequences: tuple[str, ...] = ()
    frame_list: str | None = None
    list_source: str = ""
    frames: int | None = None


@dataclass(frozen=True)
class NormalisedCamera:
    """Intrinsics as fractions of the picture's width (fx, cx) and height (fy, cy), as monodepth2's loaders do."""

    fx: float
    fy: float
    cx: float
    cy: float

    def of(self, width: int, height: int) -> Camera:
        """The camera of a picture of this size."""
        return Camera(self.fx * width, self.fy * height, self.cx * width, self.cy * height, width, height)


@dataclass(frozen=True)
class Protocol:
    """How figures on a data set are made comparable with published ones.

    depth: limits in mm and scaling (per-image median). Predictions are resized to the truth's size bilinearly in
    disparity (`resize_through_disparity`), clamped to the limits, averaged over images. crop_px: x, y, width, height
    that image, truth and camera are cut to; None: whole pictures. camera: intrinsics that replace the set's own.
    """

    name: str
    summary: str
    splits: tuple[Split, ...] = (Split("all"),)
    depth: DepthProtocol = DepthProtocol()
    crop_px: tuple[int, int, int, int] | None = None
    camera: NormalisedCamera | None = None

    @property
    def max_depth_mm(self) -> float:
        """The upper limit of truth that counts."""
        return self.depth.max_depth

    @property
    def min_depth_mm(self) -> float:
        """The lower limit of truth that counts."""
        return self.depth.min_depth

    def split(self, name: str) -> Split:
        """The split of this name. Raises SettingsError that names those there are."""
        for each in self.splits:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.splits)
        raise SettingsError(f"protocol '{self.name}' has no split '{name}'; expected one of: {names}")


@dataclass(frozen=True)
class DatasetDescription:
    """A data set by name. read: what lists its frames in a folder. The first protocol is the default.

    layout: the folders and files a reader expects, a line each. truth: what is known of a frame. is_video: the frames
    of a sequence follow one another in time, so that self-supervision can use them.
    """

    name: str
    title: str
    url: str
    licence: str
    citation: str
    weights: WeightsUse
    truth: str
    layout: tuple[str, ...]
    protocols: tuple[Protocol, ...]
    read: Callable[[Path], Listing]
    is_video: bool = True
    caveats: tuple[str, ...] = ()

    def protocol(self, name: str | None = None) -> Protocol:
        """The protocol of this name, the default one for None. Raises SettingsError that names those there are."""
        if name is None:
            return self.protocols[0]
        for each in self.protocols:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.protocols)
        raise SettingsError(f"data set '{self.name}' has no protocol '{name}'; expected one of: {names}")


def depth_between(min_mm: float = 1e-3, max_mm: float = math.inf) -> DepthProtocol:
    """Truth counts between these limits in millimetres; every prediction is scaled to the image's median."""
    return DepthProtocol(min_mm, max_mm, "median")
