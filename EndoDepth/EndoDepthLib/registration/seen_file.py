"""The seen surface from a fused folder or a surface file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.anatomy.surface_file import read_mesh
from EndoDepthLib.errors import InputError
from EndoDepthLib.registration.seen_surface import SeenSurface
from EndoDepthLib.values import Camera

_METRIC = b"SCALE=METRIC_MM"
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class SeenCase:
    """A seen surface with what a fused folder knows beside it.

    labels (N,) uint8, 0 = none; names: what labels 1 .. K are; camera and world_from_camera (4, 4): the lens, and where
    it was in the first frame, None for a file.
    """

    seen: SeenSurface
    labels: np.ndarray
    names: tuple[str, ...] = ()
    camera: Camera | None = None
    world_from_camera: np.ndarray | None = None

    def only(self, name: str) -> SeenCase:
        """The part with this label. Raises InputError when there is none such (the names are listed)."""
        matches = [number for number, each in enumerate(self.names, start=1) if each.casefold() == name.casefold()]
        if not matches:
            known = ", ".join(f"'{each}'" for each in self.names) or "none"
            raise InputError(f"the seen surface has no structure '{name}'; it knows {known}")
        inside = self.labels == matches[0]
        kept = self.seen.triangles[inside[self.seen.triangles].all(axis=1)]
        used, renumbered = np.unique(kept, return_inverse=True)
        if not len(kept):
            raise InputError(f"nothing of the seen surface is '{name}'; leave the structure out, or name another")
        seen = SeenSurface(
            self.seen.vertices[used],
            renumbered.reshape(-1, 3).astype(np.int32),
            self.seen.weights[used],
            self.seen.is_metric,
        )
        return SeenCase(seen, self.labels[used], self.names, self.camera, self.world_from_camera)


def read_seen(path: Path) -> SeenCase:
    """A folder of 'endodepth fuse', or a surface file in LPS. Raises InputError when it cannot be used."""
    path = Path(path)
    if path.is_dir():
        from EndoDepthLib.fusion import load_fused

        fused = load_fused(path)
        seen = SeenSurface.of(fused)
        return SeenCase(seen, fused.surface.labels, fused.names, fused.camera, fused.world_from_camera)
    vertices, triangles = read_mesh(path)
    with path.open("rb") as file:
        is_metric = _METRIC in file.read(_HEAD_BYTES).upper()
    return SeenCase(SeenSurface(vertices, triangles, None, is_metric), np.zeros(len(vertices), np.uint8))
