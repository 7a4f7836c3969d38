"""Writing a folder of decoded frames, so that it can be gone on with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from EndoDepthLib.errors import EndoDepthError, OutputError
from EndoDepthLib.results import layout
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.results.atomic import atomic_write, remove_partial_files, write_error
from EndoDepthLib.results.frames_manifest import FramesManifest, FramesRequest
from EndoDepthLib.results.manifest import ResultsFrame
from EndoDepthLib.values import Frame


class FramesWriter:
    """Writes frames/000000.png, ... in order and lists each in frames.json once it is there."""

    def __init__(self, folder: Path, manifest: FramesManifest) -> None:
        self.folder = folder
        self._manifest = manifest

    @classmethod
    def begin(cls, folder: Path, request: FramesRequest, resume: bool) -> FramesWriter:
        """Begin in a new or empty folder, or with `resume` go on in one that was begun for an equal request.

        Raises OutputError when the folder holds something else or cannot be written to.
        """
        folder = Path(folder)
        pictures = layout.frame_file(folder, "frame", 0).parent
        path = folder / layout.FRAMES_MANIFEST
        manifest = FramesManifest(request)
        if path.is_file():
            manifest = _done_so_far(folder, path, request, resume)
        elif folder.is_dir() and any(entry != pictures for entry in folder.iterdir()):
            raise OutputError(f"output folder '{folder}' is not empty and holds no {path.name}; choose a new one")
        try:
            pictures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder, error) from error
        remove_partial_files(folder)
        remove_partial_files(pictures)
        writer = cls(folder, manifest)
        writer._save()
        return writer

    def is_complete(self, position: int, frame: Frame) -> bool:
        """Whether the frame at this position is written and is this frame of the source."""
        done = self._manifest.frames
        return position < len(done) and done[position] == ResultsFrame(frame.index, frame.time_s)

    def write(self, position: int, frame: Frame) -> None:
        """Write the picture of a frame, which must be the next one. Raises OutputError when the disk cannot take it."""
        atomic_write(layout.frame_file(self.folder, "frame", position), encode_image(frame.image))
        done = (*self._manifest.frames[:position], ResultsFrame(frame.index, frame.time_s))
        self._manifest = FramesManifest(self._manifest.request, done)
        self._save()

    def finish(self) -> None:
        """Say that no more frames come."""
        self._manifest = FramesManifest(self._manifest.request, self._manifest.frames, complete=True)
        self._save()

    def _save(self) -> None:
        atomic_write(self.folder / layout.FRAMES_MANIFEST, self._manifest.to_text())


def _done_so_far(folder: Path, path: Path, request: FramesRequest, resume: bool) -> FramesManifest:
    if not resume:
        raise OutputError(f"output folder '{folder}' is not empty; choose a new one, or continue that run by --resume")
    try:
        before = FramesManifest.from_text(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError, EndoDepthError) as error:
        raise OutputError(f"cannot resume in '{folder}': {error}") from error
    then, now = asdict(before.request), asdict(request)
    for name, value in now.items():
        if then[name] != value:
            raise OutputError(
                f"cannot resume in '{folder}': it was made with {name} = {then[name]!r}, now {value!r}; "
                "give the same options, or choose a new folder"
            )
    done = 0
    while done < len(before.frames) and layout.frame_file(folder, "frame", done).is_file():
        done += 1
    return FramesManifest(request, before.frames[:done], before.complete and done == len(before.frames))
