"""Which voxels are the organ: a range of values, or a named segment of a .seg.nrrd."""

from __future__ import annotations

import re

import numpy as np

from EndoDepthLib.anatomy.image_file import CtImage
from EndoDepthLib.errors import SettingsError


def threshold_mask(image: CtImage, low: float, high: float, what: str) -> np.ndarray:
    """(D, H, W) bool of voxels from low to high. Raises SettingsError when the range is none or holds nothing."""
    if not low <= high:
        raise SettingsError(f"threshold is {low:g} to {high:g}; expected the lower value first")
    if image.voxels.ndim != 3:
        raise SettingsError(f"'{what}' has several values a voxel: a threshold needs one; name a segment instead")
    mask: np.ndarray = (image.voxels >= low) & (image.voxels <= high)
    if not mask.any():
        raise SettingsError(
            f"no voxel of '{what}' lies from {low:g} to {high:g}; its values go from {image.voxels.min():g} to "
            f"{image.voxels.max():g}: choose another threshold"
        )
    return mask


def segment_names(image: CtImage) -> list[str]:
    """The names of the segments that the file holds, in its order."""
    return [image.texts.get(f"{key}_Name", key) for key in _keys(image)]


def segment_mask(image: CtImage, name: str | None, what: str) -> tuple[np.ndarray, str]:
    """(D, H, W) bool of the segment with this name, and the name as the file has it.

    Letter case does not matter; without a name the only segment. Raises SettingsError when there is none such (the
    names are listed) or it is empty.
    """
    names, keys = segment_names(image), _keys(image)
    if not names:
        raise SettingsError(f"'{what}' holds no named segments; choose a .seg.nrrd, or give a threshold")
    listed = ", ".join(f"'{each}'" for each in names)
    if name is None and len(names) > 1:
        raise SettingsError(f"'{what}' holds {len(names)} segments; name one of them: {listed}")
    wanted = names[0] if name is None else name
    matches = [number for number, each in enumerate(names) if each.casefold() == wanted.casefold()]
    if len(matches) != 1:
        problem = "has no segment" if not matches else "has several segments"
        raise SettingsError(f"'{what}' {problem} '{wanted}'; it holds {listed}")
    key = keys[matches[0]]
    layer = _number(image.texts.get(f"{key}_Layer", "0"), what)
    value = _number(image.texts.get(f"{key}_LabelValue", "1"), what)
    layers = image.voxels[..., None] if image.voxels.ndim == 3 else image.voxels
    if not 0 <= layer < layers.shape[-1]:
        raise SettingsError(f"segment '{wanted}' of '{what}' lies in layer {layer} of {layers.shape[-1]}: damaged file")
    mask: np.ndarray = layers[..., layer] == value
    if not mask.any():
        raise SettingsError(f"segment '{wanted}' of '{what}' is empty; choose one of {listed}")
    return mask, names[matches[0]]


def _keys(image: CtImage) -> list[str]:
    found = {match.group(1) for key in image.texts if (match := re.match(r"(Segment\d+)_", key))}
    return sorted(found, key=lambda key: int(key.removeprefix("Segment")))


def _number(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"'{what}' has a damaged segment header ({text[:20]!r} for a number)") from None
