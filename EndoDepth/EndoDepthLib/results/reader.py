"""Reading a results folder, also one that a job is still filling."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.results import layout
from EndoDepthLib.results.arrays import read_array, read_image
from EndoDepthLib.results.manifest import ResultsManifest, ResultsRequest
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap, Surface


class ResultsFolder:
    """The results of one job: `len()` frames done so far; values are read from disk each time they are asked for.

    Every method raises InputError in one line when a file is missing, damaged or of another size.
    """

    def __init__(self, folder: Path, manifest: ResultsManifest) -> None:
        self.folder = folder
        self.manifest = manifest

    @classmethod
    def open(cls, folder: Path) -> ResultsFolder:
        """The results in this folder. Raises InputError when it holds none."""
        folder = Path(folder)
        return cls(folder, _read_manifest(folder))

    def refresh(self) -> int:
        """Read again how far the job is; returns the number of frames done."""
        self.manifest = _read_manifest(self.folder)
        return len(self)

    def __len__(self) -> int:
        return len(self.manifest.frames)

    @property
    def request(self) -> ResultsRequest:
        """What was asked for."""
        return self.manifest.request

    @property
    def is_complete(self) -> bool:
        """Whether the job has ended."""
        return self.manifest.complete

    @property
    def camera(self) -> Camera:
        """The camera of every frame (camera.json repeats it for other programs)."""
        return self.request.camera

    @cached_property
    def content(self) -> np.ndarray:
        """(H, W) bool: the image area inside the dark border; all True when the job found none."""
        path = self.folder / layout.CONTENT
        if not path.is_file():
            return np.ones(self.size[::-1], bool)
        return self._of_size(read_image(path, 1), path) > 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of every frame in pixels."""
        return self.camera.width, self.camera.height

    def path(self, kind: str, position: int) -> Path:
        """The file of one kind (a key of layout.FRAME_FOLDERS) at a position."""
        if not 0 <= position < len(self):
            raise InputError(f"frame position is {position}; '{self.folder}' holds {len(self)} frames, counted from 0")
        return layout.frame_file(self.folder, kind, position)

    def frame(self, position: int) -> Frame:
        """The decoded picture at a position."""
        path = self.path("frame", position)
        entry = self.manifest.frames[position]
        return Frame(self._of_size(read_image(path, 3), path), entry.index, entry.time_s)

    def depth(self, position: int) -> DepthMap:
        """Depth and confidence at a position; up to scale it has the request's nominal median."""
        paths = self.path("depth", position), self.path("confidence", position)
        depth = self._of_size(read_array(paths[0], np.float32), paths[0])
        confidence = self._of_size(read_array(paths[1], np.float16), paths[1]).astype(np.float32)
        return DepthMap(depth, confidence, self.camera, self.request.scale, self.request.scale_source)

    def validity(self, position: int) -> np.ndarray | None:
        """(H, W) uint8 at a position: 0 outside the content, 1 tissue, 2 highlight; None when the job kept none."""
        path = self.path("validity", position)
        return self._of_size(read_image(path, 1), path) if self.request.has_validity else None

    def labels(self, position: int) -> LabelMap | None:
        """The named structures at a position, or None when none were asked for."""
        path = self.path("labels", position)
        if not self.request.segments:
            return None
        return LabelMap(self._of_size(read_image(path, 1), path), self.request.names)

    def surface(self, position: int) -> Surface | None:
        """The coloured surface at a position, or None when the job kept none."""
        path = self.path("surface", position)
        if not self.request.has_surfaces:
            return None
        if not path.is_file():
            raise InputError(f"'{path}' is missing; continue the job with --resume, or run it again")
        from EndoDepthLib.reconstruction import read_ply

        return read_ply(path)

    def _of_size(self, array: np.ndarray, path: Path) -> np.ndarray:
        if array.shape[:2] != self.size[::-1]:
            width, height = self.size
            raise InputError(f"'{path}' is {array.shape[1]} x {array.shape[0]}; expected {width} x {height} pixels")
        return array


def _read_manifest(folder: Path) -> ResultsManifest:
    path = folder / layout.MANIFEST
    if not path.is_file():
        raise InputError(f"'{folder}' holds no {layout.MANIFEST}; expected a folder made by 'endodepth reconstruct'")
    try:
        return ResultsManifest.from_text(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read '{path}': {error}") from error
