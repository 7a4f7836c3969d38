"""Writing a results folder, one frame at a time, so that a killed job can go on where it was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import EndoDepthError, OutputError
from EndoDepthLib.results import layout
from EndoDepthLib.results.arrays import encode_array, encode_image, to_half
from EndoDepthLib.results.atomic import atomic_path, atomic_write, remove_partial_files, write_error
from EndoDepthLib.results.manifest import (
    ResultsFrame,
    ResultsManifest,
    ResultsRequest,
    frame_line,
    manifest_of_lines,
)
from EndoDepthLib.values import DepthMap, Frame, LabelMap, Scale, Surface


@dataclass(frozen=True)
class EncodedFrame:
    """One frame ready to be written: index and time, and the bytes of its files by kind (see layout)."""

    frame: ResultsFrame
    files: dict[str, bytes]


class ResultsWriter:
    """Writes the results of one request into a folder. Frames come in order; after `resume` some are done already.

    writer = ResultsWriter.create(folder, request, content)        # or .resume(...)
    for position, frame in enumerate(video):
        if writer.is_complete(position, frame): continue
        writer.write_frame(position, frame, depth, labels, surface)
    writer.finish()
    """

    def __init__(self, folder: Path, manifest: ResultsManifest) -> None:
        self.folder = folder
        self.request = manifest.request
        self._frames = list(manifest.frames)
        self._lines = [frame_line(frame) for frame in self._frames]  # kept: each frame lists all before it again
        self._complete = manifest.complete

    @classmethod
    def create(cls, folder: Path, request: ResultsRequest, content: np.ndarray | None = None) -> ResultsWriter:
        """Begin in a folder that does not exist or is empty; content is an (H, W) bool mask of the valid image area.

        Raises OutputError when the folder is not empty or cannot be written to.
        """
        folder = Path(folder)
        try:
            if folder.exists() and not folder.is_dir():
                raise OutputError(f"'{folder}' is a file; expected a folder for the results: choose another name")
            if folder.is_dir() and any(folder.iterdir()):
                raise OutputError(f"output folder '{folder}' is not empty; choose a new one, or continue with --resume")
            for kind in request.kinds:
                layout.frame_file(folder, kind, 0).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder, error) from error
        return cls._begin(folder, request, content)

    @classmethod
    def resume(cls, folder: Path, request: ResultsRequest, content: np.ndarray | None = None) -> ResultsWriter:
        """Go on in a folder that `create` made for an equal request; one without results.json is begun anew when empty.

        Raises OutputError when the folder holds the results of another request or something else.
        """
        folder = Path(folder)
        path = folder / layout.MANIFEST
        if not path.is_file():
            return cls._begin_again(folder, request, content)
        try:
            manifest = ResultsManifest.from_text(path.read_text(encoding="utf-8"), path)
        except (OSError, UnicodeDecodeError, EndoDepthError) as error:
            raise OutputError(f"cannot resume in '{folder}': {error}") from error
        difference = manifest.request.first_difference(request)
        if difference is not None:
            name, before, now = difference
            raise OutputError(
                f"cannot resume in '{folder}': it was made with {name} = {before!r}, now {now!r}; "
                "give the same options, or choose a new folder"
            )
        done = 0
        while done < len(manifest.frames) and _has_files(folder, manifest.request, done):
            done += 1
        # A job that had ended stays ended unless something is missing, so that resuming it changes nothing.
        ended = manifest.complete and done == len(manifest.frames)
        return cls._begin(folder, request, content, ResultsManifest(request, manifest.frames[:done], ended))

    @classmethod
    def _begin_again(cls, folder: Path, request: ResultsRequest, content: np.ndarray | None) -> ResultsWriter:
        # A run killed before results.json was written leaves at most our own empty folders and half-written files.
        if folder.is_dir():
            remove_partial_files(folder)
            known = {name for name, _ in layout.FRAME_FOLDERS.values()} | {layout.CAMERA, layout.CONTENT}
            unknown = sorted(p.name for p in folder.iterdir() if p.name not in known)
            if unknown:
                raise OutputError(
                    f"cannot resume in '{folder}': it holds '{unknown[0]}' but no {layout.MANIFEST}; choose a new one"
                )
        try:
            for kind in request.kinds:
                layout.frame_file(folder, kind, 0).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder, error) from error
        return cls._begin(folder, request, content)

    @classmethod
    def _begin(
        cls,
        folder: Path,
        request: ResultsRequest,
        content: np.ndarray | None,
        manifest: ResultsManifest | None = None,
    ) -> ResultsWriter:
        from EndoDepthLib.geometry import save_camera

        remove_partial_files(folder)
        for kind in request.kinds:
            remove_partial_files(layout.frame_file(folder, kind, 0).parent)
        with atomic_path(folder / layout.CAMERA) as aside:
            save_camera(request.camera, aside)
        if content is not None:
            atomic_write(folder / layout.CONTENT, encode_image(content.astype(np.uint8) * 255))
        writer = cls(folder, manifest or ResultsManifest(request))
        writer._save(writer._complete)
        return writer

    @property
    def next_position(self) -> int:
        """The number of frames done, which is the position of the next one."""
        return len(self._frames)

    def is_complete(self, position: int, frame: Frame | None = None) -> bool:
        """Whether the frame at this position is done (and, when given, is this frame of the source)."""
        if position >= len(self._frames):
            return False
        return frame is None or self._frames[position] == ResultsFrame(frame.index, frame.time_s)

    def write_frame(
        self,
        position: int,
        frame: Frame,
        depth: DepthMap,
        labels: LabelMap | None = None,
        surface: Surface | None = None,
        validity: np.ndarray | None = None,
    ) -> None:
        """Write all files of one frame, which must be the next one, then list it in results.json.

        See encode_frame for what is handed over, and write_encoded.
        """
        self._check_position(position)
        self.write_encoded(position, self.encode_frame(frame, depth, labels, surface, validity))

    def encode_frame(
        self,
        frame: Frame,
        depth: DepthMap,
        labels: LabelMap | None = None,
        surface: Surface | None = None,
        validity: np.ndarray | None = None,
    ) -> EncodedFrame:
        """The files of one frame as bytes, for write_encoded; may be called in several threads at a time.

        validity is (H, W) uint8: 0 outside the content, 1 tissue, 2 specular highlight. depth up to scale must be
        `DepthMap.nominal()`, and the surface made from it. Raises ValueError when the driver hands over what the
        request did not announce.
        """
        self._check(frame, depth, labels, surface)
        if (validity is not None) != self.request.has_validity:
            raise ValueError(f"has_validity is {self.request.has_validity} but validity is {validity!r:.60}")
        content = {
            "frame": encode_image(frame.image),
            "depth": encode_array(depth.depth),
            "confidence": encode_array(to_half(depth.confidence)),
        }
        if validity is not None:
            content["validity"] = encode_image(validity)
        if labels is not None:
            content["labels"] = encode_image(labels.labels)
        if surface is not None:
            from EndoDepthLib.reconstruction.ply import encode_ply

            content["surface"] = encode_ply(surface)
        return EncodedFrame(ResultsFrame(frame.index, frame.time_s), content)

    def write_encoded(self, position: int, encoded: EncodedFrame) -> None:
        """Write the files of the next frame, then list it. Raises OutputError when the disk cannot take the files."""
        self._check_position(position)
        for kind, data in encoded.files.items():
            atomic_write(layout.frame_file(self.folder, kind, position), data)
        self._frames.append(encoded.frame)
        self._lines.append(frame_line(encoded.frame))
        self._save(complete=False)

    def finish(self) -> None:
        """Mark the folder as complete. Raises OutputError when nothing was written."""
        if not self._frames:
            raise OutputError(f"no frame was written to '{self.folder}'; choose a range of the input that holds frames")
        self._save(complete=True)

    def _save(self, complete: bool) -> None:
        self._complete = complete
        atomic_write(self.folder / layout.MANIFEST, manifest_of_lines(self.request, self._lines, complete))

    def _check_position(self, position: int) -> None:
        if position != self.next_position:
            raise ValueError(f"frame position is {position}; expected {self.next_position}: frames come in order")

    def _check(self, frame: Frame, depth: DepthMap, labels: LabelMap | None, surface: Surface | None) -> None:
        request = self.request
        if (labels.names if labels is not None else ()) != request.names:
            raise ValueError(f"labels are of {labels and labels.names}; the request announced {request.names}")
        if (surface is not None) != request.has_surfaces:
            raise ValueError(f"has_surfaces is {request.has_surfaces} but surface is {surface!r:.60}")
        if depth.scale is not request.scale or (surface is not None and surface.scale is not request.scale):
            raise ValueError(f"depth or surface is {depth.scale}; the request announced {request.scale}")
        shapes = {frame.image.shape[:2], depth.depth.shape} | ({labels.labels.shape} if labels is not None else set())
        if shapes != {(request.camera.height, request.camera.width)}:
            raise ValueError(f"sizes are {shapes}; the request announced {request.camera.height, request.camera.width}")
        if request.scale is Scale.UP_TO_SCALE and not _has_median(depth, request.nominal_median_depth):
            median = float(np.median(depth.depth[depth.valid]))
            raise ValueError(f"median depth is {median}; expected {request.nominal_median_depth}: use nominal()")


def _has_median(depth: DepthMap, median: float) -> bool:
    """Whether the median of the valid depth is this within 0.1 %, by counting; true when nothing is valid."""
    with np.errstate(invalid="ignore"):
        below = np.count_nonzero(depth.depth < np.float32(median * 0.999))
        above = np.count_nonzero(depth.depth > np.float32(median * 1.001))
    half = np.count_nonzero(depth.valid) / 2
    return bool(below <= half and above <= half)


def _has_files(folder: Path, request: ResultsRequest, position: int) -> bool:
    files = (layout.frame_file(folder, kind, position) for kind in request.kinds)
    return all(file.is_file() and file.stat().st_size > 0 for file in files)
