"""Picked frames as a stack: what is marked, as Segment Editor marks it, comes back as labels of each frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from EndoDepthScene.frame_stack import (
    frame_names,
    labels_of_stack,
    make_frame_stack,
    mark_frame,
    marked_frames,
    pixels_of_stack,
    set_labels_of_stack,
    slice_number,
    slice_position,
    structure_colors,
    structure_names,
    structures_of_stack,
)
from EndoDepthScene.session import MrmlSession
from EndoDepthScene.volumes import image_data

NAMES = ("clip-000003", "clip-000040", "ältere-7")


@pytest.fixture
def session() -> Iterator[MrmlSession]:
    with MrmlSession() as running:
        yield running


@pytest.fixture
def stack(session: MrmlSession) -> Any:
    return make_frame_stack(session.scene, "clip", NAMES, (7, 5))


def _paint(session: MrmlSession, volume: Any, node: Any, name: str, mask: np.ndarray) -> str:
    """Mark pixels of a new segment, as the effects of Segment Editor do."""
    segment_id = node.GetSegmentation().AddEmptySegment("", name)
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(mask.shape[2], mask.shape[1], mask.shape[0])
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    image.SetImageToWorldMatrix(matrix)
    image.GetPointData().SetScalars(
        image_data(mask.astype(np.uint8).reshape(-1, mask.shape[2])).GetPointData().GetScalars()
    )
    logic = session.logics["Segmentations"]
    logic.SetBinaryLabelmapToSegment(image, node, segment_id, logic.MODE_REPLACE)
    return str(segment_id)


def test_what_is_painted_comes_back_frame_by_frame(session: MrmlSession, stack: Any) -> None:
    node = structures_of_stack(stack)
    assert structures_of_stack(stack) is node, "one for a stack"
    liver, tool = np.zeros((2, 3, 5, 7), bool)
    liver[0, 1:4, 2:6] = liver[2, 0, 0] = True
    tool[0, 3:5, 5:7] = True
    _paint(session, stack, node, "liver", liver)
    node.GetSegmentation().AddEmptySegment("", "never seen")
    _paint(session, stack, node, "tool", tool)
    assert structure_names(node) == ("liver", "never seen", "tool")
    expected = np.where(tool, 3, np.where(liver, 1, 0))
    assert np.array_equal(labels_of_stack(stack, node), expected)


def test_labels_of_another_grid_are_brought_to_that_of_the_frames(session: MrmlSession, stack: Any) -> None:
    node = structures_of_stack(stack)
    mask = np.zeros((3, 5, 7), bool)
    mask[1, 1:3, 2:5] = True
    segment_id = _paint(session, stack, node, "liver", mask)
    image = node.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")
    fine = slicer.vtkOrientedImageData()
    image.GetImageToWorldMatrix(matrix := vtk.vtkMatrix4x4())
    reference = slicer.vtkOrientedImageData()
    reference.SetImageToWorldMatrix(matrix)
    reference.SetSpacing(0.5, 0.5, 1.0)
    reference.SetExtent(-1, 14, -1, 10, 0, 2)
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(image, reference, fine, False)
    node.GetSegmentation().GetSegment(segment_id).AddRepresentation("Binary labelmap", fine)
    assert np.array_equal(labels_of_stack(stack, node), mask)


def test_labels_put_in_keep_segments_and_add_new_ones(session: MrmlSession, stack: Any) -> None:
    node = structures_of_stack(stack)
    segment_id = _paint(session, stack, node, "liver", np.ones((3, 5, 7), bool))
    node.GetSegmentation().GetSegment(segment_id).SetColor(0.2, 0.4, 0.6)
    labels = np.random.default_rng(0).integers(0, 3, (3, 5, 7)).astype(np.uint8)
    set_labels_of_stack(stack, node, labels, ("liver", "polyp"), ((1, 2, 3), (255, 0, 10)))
    assert np.array_equal(labels_of_stack(stack, node), labels)
    assert structure_names(node) == ("liver", "polyp")
    assert structure_colors(node) == ((51, 102, 153), (255, 0, 10))
    assert node.GetSegmentation().GetNthSegmentID(0) == segment_id


def test_a_saved_stack_is_understood_again(session: MrmlSession, stack: Any, tmp_path: Any) -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (3, 5, 7, 3)).astype(np.uint8)
    pixels_of_stack(stack)[:] = pixels
    labels = np.zeros((3, 5, 7), np.uint8)
    labels[1, 2:4, 3:6] = 1
    set_labels_of_stack(stack, structures_of_stack(stack), labels, ("liver",), ((1, 2, 3),))
    assert session.write(tmp_path / "scene.mrb")
    with MrmlSession() as fresh:
        fresh.read(tmp_path / "scene.mrb")
        volume = fresh.scene.GetFirstNodeByName("clip")
        assert frame_names(volume) == NAMES
        assert np.array_equal(pixels_of_stack(volume), pixels)
        assert np.array_equal(labels_of_stack(volume, structures_of_stack(volume)), labels)


def test_frames_are_found_by_the_place_of_the_view(stack: Any) -> None:
    assert [slice_number(stack, slice_position(stack, number)) for number in range(3)] == [0, 1, 2]
    assert slice_number(stack, -100.0) == 0 and slice_number(stack, 100.0) == 2
    assert frame_names(None) == ()


def test_rows_and_columns_run_as_in_a_picture(stack: Any) -> None:
    """Upright and unmirrored in the axial view: columns to the patient's left, rows to posterior."""
    matrix = vtk.vtkMatrix4x4()
    stack.GetIJKToRASMatrix(matrix)
    assert matrix.GetElement(0, 0) == -1.0 and matrix.GetElement(1, 1) == -1.0


def test_frames_carry_marks(stack: Any) -> None:
    mark_frame(stack, NAMES[2], "HeldOut")
    mark_frame(stack, NAMES[0], "HeldOut")
    mark_frame(stack, NAMES[1], "Proposed")
    assert marked_frames(stack, "HeldOut") == (NAMES[0], NAMES[2]), "in the order of the slices"
    mark_frame(stack, NAMES[0], "HeldOut", False)
    assert marked_frames(stack, "HeldOut") == (NAMES[2],) and marked_frames(stack, "Proposed") == (NAMES[1],)
    assert marked_frames(stack, "other") == ()
