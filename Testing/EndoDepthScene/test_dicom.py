"""Endoscopy in DICOM: streams and pictures come out as they went in; names go to the hierarchy, nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.encaps import encapsulate
from sample_case.endoscopy_dicom import EXPLICIT, H264, IMPLICIT, JPEG, PICTURE, SECONDARY, VIDEO, mp4_of, write_dicom
from sample_case.lettered import camera, image

from EndoDepthLib.errors import InputError
from EndoDepthLib.video import Video
from EndoDepthScene.dicom import EndoscopyDicom
from EndoDepthScene.hierarchy import PatientStudy

FRAMES = [image(camera(), number) for number in range(4)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a DICOM file, of an endoscopy unless other values are given."""

    def written(pixels: bytes | None, syntax: str, sop_class: str = VIDEO, **values: object) -> Path:
        return write_dicom(tmp_path / "source.dcm", pixels, syntax, sop_class, **values)

    return written


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small real mp4."""
    return mp4_of(FRAMES, tmp_path_factory.mktemp("stream") / "clip.mp4")


def _jpegs() -> list[bytes]:
    return [cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes() for picture in FRAMES]


@pytest.mark.parametrize("pieces", [1, 5])
def test_a_video_comes_out_byte_by_byte(write: Callable[..., Path], stream: bytes, tmp_path: Path, pieces: int) -> None:
    stream += b"\0" * (len(stream) % 2)
    size = -(-len(stream) // pieces) // 2 * 2 + 2
    parts = [stream[at : at + size] for at in range(0, len(stream), size)]
    path = write(encapsulate(parts, has_bot=False), H264, FrameTime="40")
    source = EndoscopyDicom.open(path)
    assert source.is_video
    assert source.frame_rate == 25
    assert source.n_frames == 4
    assert source.series == "Withdrawal"
    assert list(source.extract(tmp_path / "out")) == [1]
    assert source.extracted(tmp_path / "out").read_bytes() == stream
    with Video.open(source.extracted(tmp_path / "out")) as video:
        frames = [frame.image for frame in video]
    assert len(frames) == 4
    assert np.abs(frames[2].astype(float) - FRAMES[2]).mean() < 8


@pytest.mark.parametrize("per_frame", [1, 3])
def test_jpeg_pictures_come_out_as_they_are(write: Callable[..., Path], tmp_path: Path, per_frame: int) -> None:
    path = write(encapsulate(_jpegs(), fragments_per_frame=per_frame), JPEG, PICTURE, CineRate=10)
    source = EndoscopyDicom.open(path)
    assert not source.is_video
    assert source.frame_rate == 10
    assert list(source.extract(tmp_path / "out")) == [1, 2, 3, 4]
    with Video.open(source.extracted(tmp_path / "out")) as video:
        for frame, expected in zip(video, FRAMES, strict=True):
            assert np.abs(frame.image.astype(float) - expected).mean() < 4


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("layout", ["by pixel", "by plane", "grey"])
def test_uncompressed_pictures_keep_every_pixel(
    write: Callable[..., Path], tmp_path: Path, syntax: str, layout: str
) -> None:
    stack = np.stack(FRAMES)
    values: dict[str, object] = {}
    expected = stack
    if layout == "by plane":
        stack, values = np.moveaxis(stack, 3, 1), {"PlanarConfiguration": 1}
    elif layout == "grey":
        stack = stack[..., 0]
        expected = np.repeat(stack[..., None], 3, axis=3)
        values = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "PlanarConfiguration": None}
    source = EndoscopyDicom.open(write(np.ascontiguousarray(stack).tobytes(), syntax, SECONDARY, **values))
    assert list(source.extract(tmp_path / "out"))[-1] == 4
    with Video.open(source.extracted(tmp_path / "out")) as video:
        assert [np.array_equal(frame.image, one) for frame, one in zip(video, expected, strict=True)] == [True] * 4


def test_only_the_names_of_the_hierarchy_are_kept(write: Callable[..., Path]) -> None:
    path = write(encapsulate(_jpegs()), JPEG, PICTURE)
    source = EndoscopyDicom.open(path)
    assert source.names == PatientStudy("Doe^Jane", "Colonoscopy (20240229)", "P-7", "1.2.3.4")
    said = " ".join(str(getattr(source, field.name)) for field in fields(source) if field.name != "path")
    assert not any(word in said for word in ("19700101", "secret", "Secret"))
    nameless = {"PatientName": None, "PatientID": None, "StudyDescription": None, "StudyDate": None}
    source = EndoscopyDicom.open(write(encapsulate(_jpegs()), JPEG, PICTURE, **nameless))
    assert source.names == PatientStudy("No name", "Endoscopy", "", "1.2.3.4")
    assert source.frame_rate is None


def test_other_files_are_refused_in_one_line(write: Callable[..., Path], tmp_path: Path, stream: bytes) -> None:
    jpegs = encapsulate(_jpegs())
    cases: tuple[tuple[Callable[[], Path], str], ...] = (
        (
            lambda: write(jpegs, JPEG, "1.2.840.10008.5.1.4.1.1.2"),
            "is CT Image Storage; expected one of: VL Endoscopic",
        ),
        (lambda: write(jpegs, "1.2.840.10008.1.2.4.90"), "is encoded as JPEG 2000 .* expected uncompressed, JPEG"),
        (lambda: write(None, EXPLICIT), "holds no pixel data"),
        (lambda: write(b"\0" * 96, EXPLICIT, BitsAllocated=16), "of 3 x 16 bits RGB; expected 8-bit RGB"),
        (lambda: write(b"\0" * 96, EXPLICIT, PhotometricInterpretation="YBR_FULL"), "YBR_FULL; expected 8-bit RGB"),
        (lambda: tmp_path / "none.dcm", "does not exist; expected a DICOM file"),
        (lambda: _text_file(tmp_path, b"no dicom at all"), "is no DICOM file"),
        (lambda: _text_file(tmp_path, b"\0" * 128 + b"DICM" + b"\xff" * 40), "is of no known kind"),
        (lambda: _cut(write(jpegs, JPEG), 170), "is a damaged DICOM file|is of no known kind"),
    )
    for make, message in cases:
        with pytest.raises(InputError, match=message) as raised:
            EndoscopyDicom.open(make())
        assert "\n" not in str(raised.value)


def _cut(path: Path, length: int) -> Path:
    path.write_bytes(path.read_bytes()[:length])
    return path


def _text_file(folder: Path, content: bytes) -> Path:
    path = folder / "text.dcm"
    path.write_bytes(content)
    return path


def test_a_cut_file_leaves_no_half_video(write: Callable[..., Path], stream: bytes, tmp_path: Path) -> None:
    stream += b"\0" * (len(stream) % 2)
    for pixels, syntax, message in (
        (encapsulate([stream], has_bot=False), H264, "is cut: its pixel data ends too early"),
        (encapsulate(_jpegs()), JPEG, "is cut"),
        (np.stack(FRAMES).tobytes(), EXPLICIT, "is cut: its pixel data ends too early"),
    ):
        path = write(pixels, syntax)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) - len(pixels) // 8])
        source = EndoscopyDicom.open(path)
        with pytest.raises(InputError, match=message):
            list(source.extract(tmp_path / "out"))
        assert not [found for found in (tmp_path / "out").rglob("*") if found.name.startswith((".", "video"))]
    path = write(encapsulate([stream], has_bot=False), H264)
    source = EndoscopyDicom.open(path)
    path.write_bytes(path.read_bytes()[: source.pixel_offset + 8] + b"\1" * 200)
    with pytest.raises(InputError, match="is damaged: its pixel data is not made of items"):
        list(source.extract(tmp_path / "out"))
