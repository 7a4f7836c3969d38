"""Pictures that are in a scene, written as files that a job reads: a sequence, or a single volume."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import write_error
from EndoDepthScene.png_files import write_png

_CHANNELS = (1, 3, 4)
_SAMPLED_FRAMES = 16


class FrameExport:
    """Writes the pictures of a sequence or a volume into a folder as 000000.png, 000001.png, ...

        export = FrameExport(node, folder)
        for done in export.steps():        # one picture a step
            ...

    Pixels keep their places: the first stored row becomes the first row of the file, whatever the directions of the
    volume, as Slicer reads pictures. 8-bit values stay; deeper ones become 16-bit, stretched by the power of two that
    their range asks for (12-bit white becomes 16-bit white), the same for all frames.
    """

    def __init__(self, node: Any, folder: Path) -> None:
        """Look at what is to be written. Raises InputError in one line for what holds no pictures."""
        self.folder = Path(folder)
        self._volumes = _volumes_of(node)
        self._name = node.GetName()
        for position in {0, len(self._volumes) - 1}:
            self._pixels(position)
        self._stretch = self._chosen_stretch()

    def __len__(self) -> int:
        return len(self._volumes)

    def write(self, position: int) -> Path:
        """Write one picture. Raises InputError when it differs from the others, OutputError when the disk is full."""
        pixels = self._pixels(position)
        path = self.folder / f"{position:06d}.png"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(self.folder, error) from error
        if pixels.dtype != np.uint8:
            if self._stretch is None:
                pixels = np.rint(pixels).clip(0, 255).astype(np.uint8)
            else:
                pixels = (pixels.astype(np.int64) << self._stretch).clip(0, 65535).astype(np.uint16)
        write_png(pixels, path)
        return path

    def steps(self) -> Iterator[int]:
        """Write all pictures; yields how many are written, after each."""
        for position in range(len(self)):
            self.write(position)
            yield position + 1

    def _pixels(self, position: int) -> np.ndarray:
        volume = self._volumes[position]
        image = None if volume is None else volume.GetImageData()
        if image is None or image.GetPointData().GetScalars() is None:
            raise InputError(f"'{self._name}' has an empty picture at position {position}; choose another input")
        width, height, slices = image.GetDimensions()
        if slices != 1:
            raise InputError(
                f"'{self._name}' has {slices} slices; expected pictures (one slice): choose endoscopy frames"
            )
        scalars = image.GetPointData().GetScalars()
        channels = scalars.GetNumberOfComponents()
        if channels not in _CHANNELS:
            raise InputError(f"'{self._name}' has {channels} values a pixel; expected grey (1), RGB (3) or RGBA (4)")
        pixels = vtk_to_numpy(scalars).reshape(height, width, -1)
        return pixels[..., 0] if channels == 1 else pixels

    def _chosen_stretch(self) -> int | None:
        """By how many bits values are shifted to fill 16; None when they are those of 8-bit pictures."""
        step = max(1, len(self) // _SAMPLED_FRAMES)
        low, high = 0.0, 0.0
        for position in range(0, len(self), step):
            pixels = self._pixels(position)
            if pixels.dtype == np.uint8:
                return None
            low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
            kind = pixels.dtype
        if low < 0 or high > 65535 or (kind.kind == "f" and high > 255):
            raise InputError(
                f"'{self._name}' holds {kind} values from {low:g} to {high:g}; expected 8-bit (0 to 255) or 16-bit "
                "(0 to 65535) pixels: convert it with the module Simple Filters (RescaleIntensity) first"
            )
        return None if high <= 255 else 16 - max(10, int(high).bit_length())


def _volumes_of(node: Any) -> list[Any]:
    if node is not None and node.IsA("vtkMRMLSequenceNode"):
        volumes = [node.GetNthDataNode(number) for number in range(node.GetNumberOfDataNodes())]
        if not volumes:
            raise InputError(f"sequence '{node.GetName()}' is empty; choose one that holds frames")
    else:
        volumes = [node]
    for volume in volumes:
        if volume is None or not volume.IsA("vtkMRMLScalarVolumeNode"):  # vector volumes are such, too
            kind = "nothing" if volume is None else volume.GetClassName().removeprefix("vtkMRML").removesuffix("Node")
            name = "input" if node is None else f"'{node.GetName()}'"
            raise InputError(f"{name} holds {kind}; expected a volume with a picture, or a sequence of such volumes")
    return volumes
