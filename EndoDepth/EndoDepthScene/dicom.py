"""Endoscopy videos and pictures out of DICOM files, with the names under which they stand in the hierarchy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from warnings import catch_warnings, simplefilter

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_path, atomic_write, write_error
from EndoDepthScene.encapsulated import jpeg_frames, native_frames, stream_blocks
from EndoDepthScene.hierarchy import PatientStudy
from EndoDepthScene.png_files import write_png

if TYPE_CHECKING:
    from pydicom import Dataset

SOP_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.77.1.1": "VL Endoscopic Image",
    "1.2.840.10008.5.1.4.1.1.77.1.1.1": "Video Endoscopic Image",
    "1.2.840.10008.5.1.4.1.1.7.4": "Multi-frame True Color Secondary Capture Image",
}
_NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")  # implicit and explicit VR, little endian
_JPEG = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
_VIDEO = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))  # MPEG-2, MPEG-4 AVC, HEVC
_FRAGMENTED_VIDEO = tuple(f"{syntax}.1" for syntax in _VIDEO)
_ENCODINGS = "uncompressed, JPEG, MPEG-2, MPEG-4 AVC/H.264 or HEVC/H.265"
_PIXEL_DATA = b"\xe0\x7f\x10\x00"


@dataclass(frozen=True)
class EndoscopyDicom:
    """One DICOM file of an endoscopy; of what it says only the names that the hierarchy shows are kept.

        source = EndoscopyDicom.open(path)
        for done in source.extract(folder):         # 4 MB of the video, or one picture, a step
            ...
        job_input = source.extracted(folder)        # a video file, or a folder of pictures

    names: patient and study. series: its description. n_frames: as the file says. frame_rate: frames a second, None for
    single pictures and where the file does not say.
    """

    path: Path
    names: PatientStudy
    series: str
    n_frames: int
    frame_rate: float | None
    transfer_syntax: str
    rows: int
    columns: int
    samples: int
    photometric: str
    is_planar: bool
    pixel_offset: int

    @classmethod
    def open(cls, path: Path) -> EndoscopyDicom:
        """Read a file's head. Raises InputError in one line for another kind of DICOM, a damaged file, or none."""
        path = Path(path)
        data, pixel_offset = _read_head(path)
        uid = str(data.get("SOPClassUID", ""))
        if uid not in SOP_CLASSES:
            kind = getattr(data.get("SOPClassUID"), "name", "") or "of no known kind"
            raise InputError(f"'{path}' is {kind}; expected one of: {', '.join(SOP_CLASSES.values())}")
        syntax = data.file_meta.get("TransferSyntaxUID", "")
        if syntax not in (*_NATIVE, *_JPEG, *_VIDEO, *_FRAGMENTED_VIDEO):
            name = getattr(syntax, "name", "") or "not said"
            raise InputError(f"the pixel data of '{path}' is encoded as {name}; expected {_ENCODINGS}")
        if not pixel_offset:
            raise InputError(f"'{path}' holds no pixel data; choose the file that holds the video")
        found = cls(
            path,
            _names(data),
            _text(data, "SeriesDescription") or _text(data, "SeriesNumber"),
            int(data.get("NumberOfFrames") or 1),
            _frame_rate(data),
            str(syntax),
            int(data.get("Rows") or 0),
            int(data.get("Columns") or 0),
            int(data.get("SamplesPerPixel") or 1),
            str(data.get("PhotometricInterpretation") or ""),
            bool(data.get("PlanarConfiguration")),
            pixel_offset,
        )
        if syntax in _NATIVE:
            found._check_native(int(data.get("BitsAllocated") or 0))
        return found

    @property
    def is_video(self) -> bool:
        """Whether the file carries a video stream (else pictures)."""
        return self.transfer_syntax in (*_VIDEO, *_FRAGMENTED_VIDEO)

    def extracted(self, folder: Path) -> Path:
        """What a job reads once all is extracted into `folder`: its video file, or its subfolder of pictures."""
        return Path(folder) / ("video.mp4" if self.is_video else "frames")

    def extract(self, folder: Path) -> Iterator[int]:
        """Write the video or the pictures; yields the number of pieces written, after each.

        A piece is a block of the video (encapsulated.BLOCK_BYTES), or a picture. Streams and JPEG pictures are written
        as they are. Raises InputError when the file is cut or holds no picture, OutputError when the disk cannot take
        it; nothing half written stays then.
        """
        target = self.extracted(folder)
        try:
            (target.parent if self.is_video else target).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(target, error) from error
        if self.is_video:
            yield from self._extract_video(target)
            return
        count = 0
        for count in self._extract_pictures(target):
            yield count
        if not count:
            raise InputError(f"'{self.path}' holds no picture; copy it again")

    def _extract_video(self, target: Path) -> Iterator[int]:
        with atomic_path(target) as aside:
            with aside.open("wb") as file:
                for count, block in enumerate(stream_blocks(self.path, self.pixel_offset), 1):
                    file.write(block)
                    yield count
                size = file.tell()
            if not size:
                raise InputError(f"'{self.path}' holds no video stream; copy it again")

    def _extract_pictures(self, target: Path) -> Iterator[int]:
        if self.transfer_syntax in _JPEG:
            for count, picture in enumerate(jpeg_frames(self.path, self.pixel_offset), 1):
                atomic_write(target / f"{count - 1:06d}.jpg", picture)
                yield count
            return
        size = self.rows * self.columns * self.samples
        for count, content in enumerate(native_frames(self.path, self.pixel_offset, size, self.n_frames), 1):
            write_png(self._rgb(content), target / f"{count - 1:06d}.png")
            yield count

    def _rgb(self, content: bytes) -> np.ndarray:
        pixels = np.frombuffer(content, np.uint8)
        if self.samples == 1:
            return pixels.reshape(self.rows, self.columns)
        if self.is_planar:
            return np.ascontiguousarray(np.moveaxis(pixels.reshape(3, self.rows, self.columns), 0, 2))
        return pixels.reshape(self.rows, self.columns, 3)

    def _check_native(self, bits: int) -> None:
        is_known = self.photometric == ("RGB" if self.samples == 3 else "MONOCHROME2")
        if self.samples not in (1, 3) or bits != 8 or not is_known or self.rows < 1 or self.columns < 1:
            raise InputError(
                f"'{self.path}' holds {self.columns} x {self.rows} pixels of {self.samples} x {bits} bits "
                f"{self.photometric or 'of no stated colour'}; expected 8-bit RGB or MONOCHROME2"
            )


def _read_head(path: Path) -> tuple[Dataset, int]:
    """What stands before the pixel data, and where the pixel data begins in the file (0 = there is none)."""
    try:
        from pydicom import dcmread
        from pydicom.errors import InvalidDicomError
    except ImportError:
        raise InputError("reading DICOM needs pydicom, which Slicer has; here: pip install pydicom") from None
    if not path.is_file():
        raise InputError(f"'{path}' does not exist; expected a DICOM file")
    try:
        with path.open("rb") as file, catch_warnings():
            simplefilter("ignore")  # what matters is said by the errors here
            data = dcmread(file, stop_before_pixels=True)
            return data, _pixel_offset(file)
    except InvalidDicomError:
        raise InputError(f"'{path}' is no DICOM file; expected an endoscopy video or picture in DICOM") from None
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror or error})") from error
    except Exception as error:  # pydicom raises many kinds for damaged files
        raise InputError(f"'{path}' is a damaged DICOM file ({type(error).__name__}); copy it again") from error


def _pixel_offset(file: BinaryIO) -> int:
    # pydicom stops in front of the element: tag, then (explicit VR) two letters and two zeros, then the length.
    start = file.tell()
    head = file.read(8)
    if head[:4] != _PIXEL_DATA:
        return 0
    return start + (12 if head[4:6] in (b"OB", b"OW", b"UN") else 8)


def _names(data: Dataset) -> PatientStudy:
    date = _text(data, "StudyDate")
    study = _text(data, "StudyDescription") or "Endoscopy"
    patient_id = _text(data, "PatientID")
    return PatientStudy(
        _text(data, "PatientName") or patient_id or "No name",
        f"{study} ({date})" if date else study,
        patient_id,
        _text(data, "StudyInstanceUID"),
    )


def _frame_rate(data: Dataset) -> float | None:
    rate, step_ms = data.get("CineRate") or data.get("RecommendedDisplayFrameRate"), data.get("FrameTime")
    if step_ms and float(step_ms) > 0:
        return 1000 / float(step_ms)
    return float(rate) if rate else None


def _text(data: Dataset, keyword: str) -> str:
    return str(data.get(keyword) or "").strip()
