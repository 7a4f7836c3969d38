"""A flat folder of one numbered file per kept frame, resumable: what `endodepth depth` and `segment` write."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.errors import EndoDepthError, OutputError
from EndoDepthLib.results import (
    ResultsFrame,
    ResultsManifest,
    ResultsRequest,
    atomic_write,
    layout,
    make_folder,
    remove_partial_files,
)

REQUEST_FILE = "request.json"
VALIDITY_FOLDER = layout.FRAME_FOLDERS["validity"][0]


class FlatFolder:
    """Writes 000000.suffix, 000001.suffix, ... beside request.json, which says what they were made from.

    A numbered file appears whole or not at all, so the files that stand there are the frames that are done. When the
    request has validity maps they are kept as validity/000000.png, each written before its frame's numbered file.
    """

    def __init__(self, folder: Path, request: ResultsRequest, suffix: str) -> None:
        self.folder = folder
        self._request = request
        self._suffix = suffix

    @classmethod
    def begin(cls, folder: Path, request: ResultsRequest, suffix: str, resume: bool) -> FlatFolder:
        """Begin in a new or empty folder, or with `resume` go on in one that was begun for an equal request.

        Raises OutputError when the folder holds something else or cannot be written to.
        """
        make_folder(folder)
        remove_partial_files(folder)
        remove_partial_files(folder / VALIDITY_FOLDER)
        path = folder / REQUEST_FILE
        if path.is_file():
            _check_equal(folder, path, request)
        elif any(folder.iterdir()):
            advice = "choose a new folder" if resume else "choose a new one, or continue that run with --resume"
            raise OutputError(f"output folder '{folder}' is not empty and holds no {REQUEST_FILE}; {advice}")
        else:
            atomic_write(path, ResultsManifest(request).to_text())
        if request.has_validity:
            make_folder(folder / VALIDITY_FOLDER)
        return cls(folder, request, suffix)

    def is_done(self, position: int) -> bool:
        """Whether the frame at this position stands in the folder."""
        has_validity = not self._request.has_validity or self._validity_file(position).is_file()
        return has_validity and self._file(position).is_file()

    def write(self, position: int, data: bytes, validity: bytes | None) -> None:
        """Write the files of one frame; validity: the bytes of its PNG, when the request has validity maps.

        Raises OutputError when the disk cannot take them.
        """
        if validity is not None:
            atomic_write(self._validity_file(position), validity)
        atomic_write(self._file(position), data)

    def finish(self, frames: tuple[ResultsFrame, ...]) -> ResultsManifest:
        """List the frames and mark the folder as complete."""
        manifest = ResultsManifest(self._request, frames, complete=True)
        atomic_write(self.folder / REQUEST_FILE, manifest.to_text())
        return manifest

    def _validity_file(self, position: int) -> Path:
        return frame_file(self.folder / VALIDITY_FOLDER, position, ".png")

    def _file(self, position: int) -> Path:
        return frame_file(self.folder, position, self._suffix)


def frame_file(folder: Path, position: int, suffix: str) -> Path:
    """The file of the frame at this position of the kept list."""
    return folder / f"{position:06d}{suffix}"


def _check_equal(folder: Path, path: Path, request: ResultsRequest) -> None:
    try:
        before = ResultsManifest.from_text(path.read_text(encoding="utf-8"), path).request
    except (OSError, UnicodeDecodeError, EndoDepthError) as error:
        raise OutputError(f"cannot resume in '{folder}': {error}") from error
    difference = before.first_difference(request)
    if difference is not None:
        name, then, now = difference
        raise OutputError(
            f"cannot resume in '{folder}': it was begun with {name} = {then!r}, now {now!r}; "
            "give the same options, or choose a new folder"
        )
