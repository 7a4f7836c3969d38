"""A video comes into the scene frame by frame, and pictures of a scene come out as they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import slicer
from sample_case.lettered import camera, image

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthLib.results import FramesFolder, FramesRequest, FramesWriter
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video
from EndoDepthScene import CaseView, MrmlSession
from EndoDepthScene.frame_export import FrameExport
from EndoDepthScene.frame_sequence import FrameSequence
from EndoDepthScene.hierarchy import CaseFolder, PatientStudy
from EndoDepthScene.kinds import FRAME, SEQUENCE_KINDS
from EndoDepthScene.pictures import axial_picture
from EndoDepthScene.volumes import image_data, pixels_of


@pytest.fixture
def decoded(tmp_path: Path) -> FramesFolder:
    """Every fifth frame of a video, as `endodepth frames` writes them."""
    wanted = FramesRequest("videos/case 7.mp4", "0" * 64, 96, 64, frame_rate=25.0, every=5)
    writer = FramesWriter.begin(tmp_path / "decoded", wanted, resume=False)
    for number in range(3):
        writer.write(number, Frame(image(camera(), number), 5 * number, 0.2 * number))
    writer.finish()
    return FramesFolder.open(tmp_path / "decoded")


def test_frames_are_what_was_decoded_and_play(decoded: FramesFolder, tmp_path: Path) -> None:
    with MrmlSession() as session:
        imported = FrameSequence(session.scene, decoded)
        assert imported.finish() is None
        for position in range(3):
            imported.add_frame(position)
            assert len(imported) == position + 1
        browser = imported.finish()
        assert browser.GetPlaybackRateFps() == pytest.approx(25 / 5)
        assert [imported.sequence.GetNthIndexValue(n) for n in range(3)] == ["0.000000", "0.200000", "0.400000"]
        for position in (2, 0, 1):
            browser.SetSelectedItemNumber(position)
            assert np.array_equal(pixels_of(imported.proxy), image(camera(), position))
            assert imported.proxy.GetAttribute("EndoDepth.FrameIndex") == str(5 * position)
        assert CaseView.all(session.scene) == []  # frames alone are no case
        drawn = axial_picture(session, imported.proxy, 192, 128)
        upright = cv2.resize(image(camera(), 1), (192, 128)).astype(float)
        assert np.abs(drawn - upright).mean() < 6
        assert np.abs(drawn - upright[:, ::-1]).mean() > 20
        assert session.write(tmp_path / "scene.mrb")
        with pytest.raises(ValueError, match="frames come in order"):
            imported.add_frame(1)
    with MrmlSession() as session:
        session.read(tmp_path / "scene.mrb")
        sequence = session.scene.GetFirstNodeByClass("vtkMRMLSequenceNode")
        assert np.array_equal(pixels_of(sequence.GetNthDataNode(2)), image(camera(), 2))


def test_an_import_leaves_without_a_trace(decoded: FramesFolder) -> None:
    with MrmlSession() as session:
        before = [session.scene.GetNthNode(n).GetID() for n in range(session.scene.GetNumberOfNodes())]
        imported = FrameSequence(session.scene, decoded, "Case 7", PatientStudy("Doe^Jane", "Colonoscopy"))
        for position in range(2):
            imported.add_frame(position)
        assert len(CaseFolder.items_of(session.scene)) == 2 + 1 + 3
        imported.remove()
        assert [session.scene.GetNthNode(n).GetID() for n in range(session.scene.GetNumberOfNodes())] == before
        assert CaseFolder.items_of(session.scene) == []


def test_a_damaged_picture_is_said_and_adds_nothing(decoded: FramesFolder) -> None:
    with MrmlSession() as session:
        before = session.scene.GetNumberOfNodes()
        first = decoded.path(0)
        whole = first.read_bytes()
        for content, message in (
            (whole[: len(whole) // 2], "is no whole PNG"),
            (whole[:200] + b"\0" + whole[201:], "is no whole PNG"),
            (whole[:-1], "is no whole PNG"),
            (b"text", "is no whole PNG"),
            (encode_image(image(camera(60, 40), 0)), "is 60 x 40 uint8; expected 96 x 64 pixels"),
            (None, "is missing; write the frames again"),
        ):
            if content is None:
                first.unlink()
            else:
                first.write_bytes(content)
            with pytest.raises(InputError, match=message) as raised:
                FrameSequence(session.scene, decoded).add_frame(0)
            assert "\n" not in str(raised.value)
        assert session.scene.GetNumberOfNodes() == before


def test_a_sequence_comes_out_pixel_by_pixel(view: CaseView, tmp_path: Path) -> None:
    export = FrameExport(view.sequences[FRAME], tmp_path / "frames")
    assert list(export.steps()) == [1, 2, 3]
    with Video.open(tmp_path / "frames") as video:
        read = [frame.image for frame in video]
    assert [np.array_equal(one, pixels_of(view.item(FRAME, n))) for n, one in enumerate(read)] == [True] * 3
    shown = FrameExport(view.proxy(FRAME), tmp_path / "one")
    assert len(shown) == 1
    assert np.array_equal(cv2.imread(str(shown.write(0)))[..., ::-1], pixels_of(view.proxy(FRAME)))


def _volume(pixels: np.ndarray, directions: tuple[float, ...] = (-1, 0, 0, 0, -1, 0, 0, 0, 1)) -> object:
    node = slicer.vtkMRMLVectorVolumeNode() if pixels.ndim == 3 else slicer.vtkMRMLScalarVolumeNode()
    node.SetName("input picture")
    node.SetAndObserveImageData(image_data(pixels))
    node.SetIJKToRASDirections(*directions)
    return node


@pytest.mark.parametrize(
    ("dtype", "white", "expected"),
    [(np.uint8, 255, 255), (np.uint16, 255, 255), (np.int16, 255, 255), (np.float32, 255, 255),
     (np.uint16, 4095, 65520), (np.int16, 1023, 65472), (np.uint16, 65535, 65535)],
)  # fmt: skip
def test_grey_and_deep_pictures_keep_their_brightness(tmp_path: Path, dtype: type, white: int, expected: int) -> None:
    ramp = np.linspace(0, white, 20 * 30).reshape(20, 30).astype(dtype)
    for number, pixels in enumerate((ramp, np.dstack([ramp, ramp[::-1], ramp // 2]).astype(dtype))):
        # Directions say how a picture stands in the patient, not in which order its pixels are.
        for turned in ((-1, 0, 0, 0, -1, 0, 0, 0, 1), (1, 0, 0, 0, 1, 0, 0, 0, 1)):
            path = FrameExport(_volume(pixels, turned), tmp_path / str(number)).write(0)
            read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            read = read if read.ndim == 2 else read[..., ::-1]
            assert read.max() == expected
            assert np.allclose(read / expected, pixels / white, atol=0.01)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [(np.zeros((4, 5, 2), np.uint8), "has 2 values a pixel"),
     (np.full((4, 5), -7, np.int16), "holds int16 values from -7 to 0"),
     (np.full((4, 5), 1.5e5, np.float32), "holds float32 values from 0 to 150000")],
)  # fmt: skip
def test_what_is_no_picture_is_refused(tmp_path: Path, pixels: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        FrameExport(_volume(pixels), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_other_nodes_are_refused_in_one_line(view: CaseView, tmp_path: Path) -> None:
    many = slicer.vtkMRMLScalarVolumeNode()
    many.SetName("CT")
    thick = image_data(np.zeros((4, 5), np.uint8))
    thick.SetDimensions(5, 2, 2)
    many.SetAndObserveImageData(thick)
    empty = view.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "nothing yet")
    cases = (
        (None, "input holds nothing"),
        (many, "'CT' has 2 slices; expected pictures"),
        (slicer.vtkMRMLVectorVolumeNode(), "has an empty picture"),
        (empty, "sequence 'nothing yet' is empty"),
        (view.sequences[SEQUENCE_KINDS[-1]], "holds Model; expected a volume"),
    )
    for node, message in cases:
        with pytest.raises(InputError, match=message) as raised:
            FrameExport(node, tmp_path)
        assert "\n" not in str(raised.value)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write"):
        FrameExport(view.proxy(FRAME), tmp_path / "file" / "frames").write(0)
