"""Reading a folder of decoded frames, also one that is still being filled. Needs neither OpenCV nor PyAV."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.results import layout
from EndoDepthLib.results.frames_manifest import FramesManifest, FramesRequest
from EndoDepthLib.results.manifest import ResultsFrame


class FramesFolder:
    """The frames that `endodepth frames` writes: `len()` pictures so far, 8-bit RGB PNG files of one size.

    Every method raises InputError in one line when a file is missing or damaged.
    """

    def __init__(self, folder: Path, manifest: FramesManifest) -> None:
        self.folder = folder
        self._manifest = manifest

    @classmethod
    def open(cls, folder: Path) -> FramesFolder:
        """The frames in this folder. Raises InputError when it holds none."""
        folder = Path(folder)
        return cls(folder, _read_manifest(folder))

    def refresh(self) -> int:
        """Read again how far the writing is; returns the number of frames."""
        self._manifest = _read_manifest(self.folder)
        return len(self)

    def __len__(self) -> int:
        return len(self._manifest.frames)

    @property
    def request(self) -> FramesRequest:
        """What was asked for."""
        return self._manifest.request

    @property
    def frames(self) -> tuple[ResultsFrame, ...]:
        """Index in the source and time in seconds of every frame."""
        return self._manifest.frames

    @property
    def is_complete(self) -> bool:
        """Whether no more frames come."""
        return self._manifest.complete

    @property
    def source(self) -> str:
        """The name of the file or folder that was decoded."""
        return self.request.source

    @property
    def width(self) -> int:
        """Width of every picture in pixels."""
        return self.request.width

    @property
    def height(self) -> int:
        """Height of every picture in pixels."""
        return self.request.height

    @property
    def frame_rate(self) -> float | None:
        """Frames per second of the source; None when it has no times."""
        return self.request.frame_rate

    def path(self, position: int) -> Path:
        """The picture at a position of the kept frames."""
        if not 0 <= position < len(self):
            raise InputError(f"frame position is {position}; '{self.folder}' holds {len(self)} frames, counted from 0")
        path = layout.frame_file(self.folder, "frame", position)
        if not path.is_file():
            raise InputError(f"'{path}' is missing; write the frames again")
        return path


def _read_manifest(folder: Path) -> FramesManifest:
    path = folder / layout.FRAMES_MANIFEST
    try:
        return FramesManifest.from_text(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read '{path}': {reason}; choose a folder made by 'endodepth frames'") from error
