"""Depth from organised point clouds: one vertex a pixel, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.decoding import content_of, valid_depth


@dataclass(frozen=True)
class PointCloudDepth:
    """Reads z (height, width) float32 of the vertices ("v x y z") of an .obj file; NaN where a vertex is nan."""

    path: Path
    width: int
    height: int

    def __call__(self) -> np.ndarray:
        """The depth."""
        lines = content_of(self.path).tobytes().splitlines()
        try:
            z = np.array([float(line.split()[3]) for line in lines if line.startswith(b"v ")])
        except (ValueError, IndexError) as error:
            raise InputError(f"'{self.path}' is not a point cloud of lines 'v x y z' ({error})") from error
        if z.size != self.width * self.height:
            raise InputError(
                f"'{self.path}' holds {z.size} vertices; expected {self.width * self.height}, one a pixel of "
                f"{self.width}x{self.height}"
            )
        return valid_depth(z.reshape(self.height, self.width))
