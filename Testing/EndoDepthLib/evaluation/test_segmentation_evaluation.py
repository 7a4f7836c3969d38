"""Overlap figures against set arithmetic, and folders of label maps against each other."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation import IGNORED, KNOWN_LAYOUTS, ConfusionMatrix, evaluate_segmentation

LABEL_MAPS = arrays(np.uint8, (5, 6), elements=st.integers(0, 3))


@given(st.lists(st.tuples(LABEL_MAPS, LABEL_MAPS, arrays(bool, (5, 6))), min_size=1, max_size=3))
@settings(max_examples=60, deadline=None)
def test_figures_equal_set_arithmetic(images: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> None:
    matrix = ConfusionMatrix(["none", "a", "b", "c"])
    pixels: list[tuple[int, int]] = []
    for predicted, true, void in images:
        matrix.update(predicted, np.where(void, IGNORED, true).astype(np.uint8))
        pixels += zip(predicted[~void].tolist(), true[~void].tolist(), strict=True)
    for label in range(4):
        said = {i for i, (p, _) in enumerate(pixels) if p == label}
        is_so = {i for i, (_, t) in enumerate(pixels) if t == label}
        if not said | is_so:
            assert math.isnan(matrix.iou()[label]) and math.isnan(matrix.dice()[label])
            continue
        assert matrix.iou()[label] == pytest.approx(len(said & is_so) / len(said | is_so))
        assert matrix.dice()[label] == pytest.approx(2 * len(said & is_so) / (len(said) + len(is_so)))
    if pixels:
        assert matrix.pixel_accuracy() == pytest.approx(sum(p == t for p, t in pixels) / len(pixels))


def test_a_class_only_predicted_lowers_nothing_but_its_own_row() -> None:
    matrix = ConfusionMatrix(["none", "a", "b"])
    matrix.update(np.array([[1, 2]], np.uint8), np.array([[1, 1]], np.uint8))
    assert matrix.mean_iou() == pytest.approx(0.5)  # b is not in the reference
    assert matrix.iou()[2] == 0.0


def test_most_frequent_class_is_the_trivial_answer() -> None:
    matrix = ConfusionMatrix(["none", "a"])
    matrix.update(np.array([[1, 0, 0, 0]], np.uint8), np.array([[1, 0, 0, 0]], np.uint8))
    trivial = matrix.of_most_frequent_class()
    assert trivial.pixel_accuracy() == 0.75
    assert trivial.iou().tolist() == [0.75, 0.0]


def test_an_unnamed_value_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected 0\.\.1"):
        ConfusionMatrix(["none", "a"]).update(np.array([[2]], np.uint8), np.array([[0]], np.uint8))


def write_labels(folder: Path, maps: list[np.ndarray], names: dict[int, str] | None = None) -> Path:
    folder.mkdir(parents=True)
    for i, labels in enumerate(maps):
        (folder / f"{i:06d}.png").write_bytes(cv2.imencode(".png", labels)[1].tobytes())
    if names is not None:
        entries = [{"value": value, "name": name} for value, name in names.items()]
        (folder / "labels.json").write_text(json.dumps({"labels": entries}), encoding="utf-8")
    return folder


def test_classes_are_matched_by_name_not_by_value(tmp_path: Path) -> None:
    """The prediction's 1 is the reference's 5, by a synonym; what was not asked for counts as none of them."""
    truth = np.array([[0, 5, 5, 1, 2]], np.uint8).repeat(4, axis=0)
    said = np.array([[0, 1, 1, 0, 0]], np.uint8).repeat(4, axis=0)
    predictions = write_labels(tmp_path / "predictions", [said], {1: "grasper"})
    reference = write_labels(tmp_path / "reference" / "masks", [truth]).parent
    evaluation = evaluate_segmentation(predictions, reference, KNOWN_LAYOUTS["larynx"])
    assert evaluation.classes == ("surgical instrument",)
    assert evaluation.mean_iou == 1.0
    assert evaluation.matrix.counts.sum() == 16  # void does not count


def test_figures_of_several_images(tmp_path: Path) -> None:
    full, none = np.ones((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
    half = full.copy()
    half[:2] = 0
    predictions = write_labels(tmp_path / "predictions", [full, half, none], {1: "polyp"})
    reference = write_labels(tmp_path / "reference", [full, full, none])
    evaluation = evaluate_segmentation(predictions, reference, KNOWN_LAYOUTS["polyp"])
    assert evaluation.mean_iou == pytest.approx(24 / 32)
    assert evaluation.mean_dice == pytest.approx(48 / 56)
    assert evaluation.mean_image_dice()[1] == pytest.approx((1 + 2 / 3) / 2)
    assert "polyp" in evaluation.table() and "3 images" in evaluation.table()
    assert json.dumps(evaluation.to_dict(), allow_nan=False)
    assert evaluation.to_dict()["classes"]["polyp"]["iou"] == pytest.approx(0.75)


def test_a_prediction_of_another_size_is_resampled(tmp_path: Path) -> None:
    truth = np.zeros((8, 8), np.uint8)
    truth[:, 4:] = 1
    predictions = write_labels(tmp_path / "predictions", [truth[::2, ::2]], {1: "liver"})
    reference = write_labels(tmp_path / "reference", [truth], {1: "liver"})
    assert evaluate_segmentation(predictions, reference).mean_iou == 1.0


@pytest.mark.parametrize(
    ("names", "reference_names", "message"),
    [
        ({1: "liver"}, ("background", "polyp"), "expected a class in common"),
        ({1: "polyp"}, (), "does not say what its labels mean"),
        ({1: "polyp"}, ("polyp",), "holds the value 1; only"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    tmp_path: Path, names: dict[int, str], reference_names: tuple[str, ...], message: str
) -> None:
    labels = np.ones((4, 4), np.uint8)
    predictions = write_labels(tmp_path / "predictions", [labels], names)
    reference = write_labels(tmp_path / "reference", [labels])
    with pytest.raises(InputError, match=message):
        evaluate_segmentation(predictions, reference, reference_names, classes=())
