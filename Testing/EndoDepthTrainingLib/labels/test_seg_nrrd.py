"""Segment Editor's files: what is written, Slicer reads; what is read back is what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.errors import InputError
from EndoDepthScene import MrmlSession
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, read_seg_nrrd, write_seg_nrrd

NAMES = ("liver", "void", "clip")
COLORS = ((220, 130, 100), (60, 200, 60), (20, 40, 250))


def some_segments() -> Segments:
    labels = np.zeros((24, 40), np.uint8)
    labels[3:9, 5:30] = 1
    labels[12:20, 2:11] = 2  # the clip is nowhere
    return Segments(labels, NAMES, COLORS)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    wanted = some_segments()
    write_seg_nrrd(tmp_path / "a.seg.nrrd", wanted)
    found = read_seg_nrrd(tmp_path / "a.seg.nrrd", (40, 24))
    assert found.names == wanted.names and found.colors == wanted.colors
    assert np.array_equal(found.labels, wanted.labels)


@pytest.mark.parametrize("is_empty", [False, True])
def test_slicer_reads_names_colours_and_pixels_in_place(tmp_path: Path, is_empty: bool) -> None:
    wanted = some_segments()
    if is_empty:
        wanted = Segments(np.zeros_like(wanted.labels), NAMES, COLORS)
    write_seg_nrrd(tmp_path / "a.seg.nrrd", wanted)
    with MrmlSession() as session:
        node = session.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        storage = slicer.vtkMRMLSegmentationStorageNode()
        storage.SetFileName(str(tmp_path / "a.seg.nrrd"))
        assert storage.ReadData(node)
        content = node.GetSegmentation()
        assert [content.GetNthSegment(i).GetName() for i in range(3)] == list(NAMES)
        for number in range(3):
            segment = content.GetNthSegment(number)
            assert np.allclose(segment.GetColor(), np.array(COLORS[number]) / 255, atol=2e-3)
            image = segment.GetRepresentation("Binary labelmap")
            x0, x1, y0, y1, _, _ = image.GetExtent()
            seen = np.zeros((24, 40), bool)
            if x1 >= x0 and y1 >= y0:
                values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(y1 - y0 + 1, x1 - x0 + 1)
                seen[y0 : y1 + 1, x0 : x1 + 1] = values == segment.GetLabelValue()
            assert np.array_equal(seen, wanted.labels == number + 1)


def test_what_is_no_segmentation_of_the_frame_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.seg.nrrd"
    write_seg_nrrd(file, some_segments())
    with pytest.raises(InputError, match="40x24"):
        read_seg_nrrd(file, (20, 24))
    content = file.read_bytes()
    file.write_bytes(content[:-30])
    with pytest.raises(InputError, match="damaged or cut"):
        read_seg_nrrd(file, (40, 24))
    file.write_bytes(b"no such thing")
    with pytest.raises(InputError, match="no NRRD file"):
        read_seg_nrrd(file, (40, 24))
