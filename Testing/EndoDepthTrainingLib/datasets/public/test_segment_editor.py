"""Frames annotated in Slicer: .seg.nrrd files as slicer-core writes them, whole or cut to what is marked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
import vtk
from command_line.material import picture, write_picture
from vtk.util.numpy_support import numpy_to_vtk

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.nrrd import read_nrrd
from EndoDepthTrainingLib.datasets.public.registry import DATASETS, open_dataset

WIDTH, HEIGHT = 24, 16
REPRESENTATION = "Binary labelmap"


def oriented(values: np.ndarray, corner: tuple[int, int] = (0, 0)) -> vtk.vtkObject:
    """An image of one slice where pictures lie in Slicer; `corner`: its first column and row."""
    image = slicer.vtkOrientedImageData()
    height, width = values.shape
    image.SetExtent(corner[0], corner[0] + width - 1, corner[1], corner[1] + height - 1, 0, 0)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(values).ravel(), deep=True))
    image.SetDirections([[-1, 0, 0], [0, -1, 0], [0, 0, 1]])
    image.SetSpacing(0.5, 0.5, 0.5)
    return image


def save(path: Path, masks: dict[str, np.ndarray], shared: bool = False, corner: tuple[int, int] = (0, 0)) -> None:
    """A segmentation of these names; shared: segments that do not overlap are put into one labelmap."""
    path.parent.mkdir(parents=True, exist_ok=True)
    node = slicer.vtkMRMLSegmentationNode()
    scene = slicer.vtkMRMLScene()
    scene.AddNode(node)
    content = node.GetSegmentation()
    content.SetSourceRepresentationName(REPRESENTATION)
    for name, mask in masks.items():
        segment = slicer.vtkSegment()
        segment.SetName(name)
        segment.SetLabelValue(1)
        segment.AddRepresentation(REPRESENTATION, oriented(mask.astype(np.uint8), corner))
        content.AddSegment(segment)
    if shared:
        content.CollapseBinaryLabelmaps(False)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    scene.AddNode(storage)
    storage.SetFileName(str(path))
    assert storage.WriteData(node)


def block(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        write_picture(tmp_path / "frames" / f"{number:06d}.png", picture(number, WIDTH, HEIGHT))
    return tmp_path


LIVER, GRASPER = block(2, 3, 12, 9), block(10, 5, 20, 14)


@pytest.mark.parametrize("shared", [False, True])
def test_segments_become_classes_upright_and_in_place(folder: Path, shared: bool) -> None:
    apart = GRASPER & ~LIVER
    save(folder / "segmentations" / "000000.seg.nrrd", {"liver": LIVER, "grasper": apart}, shared)
    save(folder / "segmentations" / "000002.seg.nrrd", {"grasper": apart}, shared)
    assert DATASETS["segment-editor"].read(folder).classes == ("liver", "grasper")
    samples = open_dataset("segment-editor", folder)
    assert [sample.labels is None for sample in samples] == [False, True, False]
    expected = LIVER * 1 + apart * 2
    assert samples[0].labels is not None and samples[2].labels is not None
    np.testing.assert_array_equal(samples[0].labels(), expected)
    np.testing.assert_array_equal(samples[2].labels(), apart * 2)


def test_overlapping_segments_lie_in_layers_and_the_later_one_wins(folder: Path) -> None:
    path = folder / "segmentations" / "000001.seg.nrrd"
    save(path, {"liver": LIVER, "grasper": GRASPER})
    assert read_nrrd(path).array.ndim == 4
    labels = open_dataset("segment-editor", folder)[1].labels
    assert labels is not None
    np.testing.assert_array_equal(labels(), np.where(GRASPER, 2, LIVER * 1))


def test_a_segment_named_void_is_void(folder: Path) -> None:
    save(folder / "segmentations" / "000001.seg.nrrd", {"void": GRASPER & ~LIVER, "liver": LIVER})
    assert DATASETS["segment-editor"].read(folder).classes == ("liver",)
    labels = open_dataset("segment-editor", folder)[1].labels
    assert labels is not None
    np.testing.assert_array_equal(labels(), np.where(LIVER, 1, GRASPER * 255))


def test_a_file_cut_to_what_is_marked_is_put_in_its_place(folder: Path) -> None:
    path = folder / "segmentations" / "000001.seg.nrrd"
    save(path, {"liver": LIVER[2:10, 1:14]}, corner=(1, 2))
    assert read_nrrd(path).array.shape != (1, HEIGHT, WIDTH)
    labels = open_dataset("segment-editor", folder)[1].labels
    assert labels is not None
    np.testing.assert_array_equal(labels(), LIVER)


def test_frames_and_segmentations_may_share_a_folder(folder: Path) -> None:
    save(folder / "frames" / "000001.seg.nrrd", {"liver": LIVER})
    assert open_dataset("segment-editor", folder / "frames")[1].labels is not None


def test_a_segmentation_of_something_else_is_refused(folder: Path) -> None:
    path = folder / "segmentations" / "000000.seg.nrrd"
    save(path, {"liver": np.ones((HEIGHT, WIDTH + 9), bool)})
    labels = open_dataset("segment-editor", folder)[0].labels
    assert labels is not None
    with pytest.raises(InputError, match=rf"000000\.seg\.nrrd.*{WIDTH}x{HEIGHT}"):
        labels()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"space directions: (0.5,0", b"space directions: (0,0.5", 1))
    with pytest.raises(InputError, match="turned"):
        labels()
    path.write_bytes(content[: len(content) - 8])
    with pytest.raises(InputError, match="damaged"):
        labels()
    path.write_text("not a segmentation", encoding="utf-8")
    with pytest.raises(InputError, match="no NRRD"):
        open_dataset("segment-editor", folder)


def test_names_that_belong_to_no_frame_are_refused(folder: Path) -> None:
    save(folder / "segmentations" / "frame_a.seg.nrrd", {"liver": LIVER})
    with pytest.raises(InputError, match="none of the 1 segmentation files.*same names"):
        open_dataset("segment-editor", folder)
    (folder / "segmentations" / "frame_a.seg.nrrd").unlink()
    with pytest.raises(InputError, match=r"no \.seg\.nrrd"):
        open_dataset("segment-editor", folder)
