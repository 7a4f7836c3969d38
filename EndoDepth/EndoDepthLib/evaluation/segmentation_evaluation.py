"""A folder of predicted label maps against a folder of reference label maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.label_references import find_labels
from EndoDepthLib.evaluation.pairing import pair
from EndoDepthLib.evaluation.segmentation_metrics import ConfusionMatrix
from EndoDepthLib.evaluation.source_frames import source_frames
from EndoDepthLib.evaluation.tables import counted_images, json_values, number, text_table

OTHER = "none of them"
COLUMNS = ("", "IoU", "Dice", "Dice by image", "share of reference")


@dataclass
class SegmentationEvaluation:
    """One confusion matrix pooled over images, and Dice image by image; filled by `add`.

    classes: names of the labels 1, 2, ...; label 0 is "none of them", which is in the matrix but in no mean.
    """

    classes: tuple[str, ...]
    paired: str = ""
    matrix: ConfusionMatrix = field(init=False)
    image_dice: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.matrix = ConfusionMatrix((OTHER, *self.classes))

    def add(self, prediction: np.ndarray, reference: np.ndarray) -> None:
        """Compare one image: label maps uint8; a prediction of another size is resampled, nearest neighbour."""
        height, width = reference.shape
        if prediction.shape != reference.shape:
            prediction = cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        image = ConfusionMatrix(self.matrix.classes)
        image.update(prediction, reference)
        self.matrix.counts += image.counts
        self.image_dice.append(image.dice())

    def mean_image_dice(self) -> np.ndarray:
        """(K + 1,) Dice per class, mean over images that show or predict it (the polyp field's way)."""
        every = np.array(self.image_dice).reshape(-1, len(self.matrix.classes))
        counted = np.isfinite(every).sum(axis=0)
        return np.divide(np.nansum(every, axis=0), counted, out=np.full(every.shape[1], np.nan), where=counted > 0)

    @property
    def mean_iou(self) -> float:
        """Mean IoU over the classes the references show."""
        return self.matrix.mean_iou(leave_out=(OTHER,))

    @property
    def mean_dice(self) -> float:
        """Mean Dice over the classes the references show."""
        return self.matrix.mean_dice(leave_out=(OTHER,))

    @property
    def rows(self) -> list[list[str]]:
        """A line of the table for each class, in the order of COLUMNS."""
        share = self.matrix.counts.sum(axis=1) / max(1, self.matrix.counts.sum())
        columns = (self.matrix.iou(), self.matrix.dice(), self.mean_image_dice(), share)
        return [
            [name, *(number(value) for value in values)]
            for name, *values in zip(self.matrix.classes, *columns, strict=True)
        ]

    @property
    def summary(self) -> list[str]:
        """The means, what the trivial answer scores, and what was counted: a line each."""
        matrix, trivial = self.matrix, self.matrix.of_most_frequent_class()
        most_frequent = matrix.classes[int(matrix.counts.sum(axis=1).argmax())]
        return [
            f"mean of the classes the reference shows: IoU {number(self.mean_iou)}, Dice {number(self.mean_dice)}; "
            f"pixels right {number(matrix.pixel_accuracy())}",
            f"trivial, '{most_frequent}' everywhere: IoU {number(trivial.mean_iou(leave_out=(OTHER,)))}, "
            f"Dice {number(trivial.mean_dice(leave_out=(OTHER,)))}; "
            f"pixels right {number(trivial.pixel_accuracy())}",
            f"pixels of {counted_images(len(self.image_dice), self.paired)} pooled; void does not count",
        ]

    def table(self) -> str:
        """The figures as lines of text."""
        return "\n".join([text_table(COLUMNS, self.rows), *self.summary])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values (null: no meaning): figures per class, means, confusion matrix (rows: reference)."""
        figures = zip(self.matrix.classes, self.matrix.iou(), self.matrix.dice(), self.mean_image_dice(), strict=True)
        values = {
            "classes": {
                name: {"iou": float(iou), "dice": float(dice), "mean_image_dice": float(by_image)}
                for name, iou, dice, by_image in figures
            },
            "mean_iou": self.mean_iou,
            "mean_dice": self.mean_dice,
            "pixel_accuracy": self.matrix.pixel_accuracy(),
            "confusion_matrix": self.matrix.counts.tolist(),
            "images": len(self.image_dice),
        }
        plain: dict[str, Any] = json_values(values)
        return plain


def evaluate_segmentation(
    predictions_dir: Path, reference_dir: Path, reference_names: Sequence[str] = (), classes: Sequence[str] = ()
) -> SegmentationEvaluation:
    """Compare predicted with reference label maps, file by file, classes matched by name (synonyms included).

    reference_names: what the reference's values 0, 1, 2, ... mean, where no labels.json says so ("void" is not
    counted). classes: compare these only (default: what the prediction was asked for and the reference labels).
    Reference pixels of other classes count as none of them. Raises InputError.
    """
    predictions = find_labels(Path(predictions_dir))
    references = find_labels(Path(reference_dir), reference_names)
    shared = tuple(name for name in references.classes if name in predictions.classes and name in (classes or [name]))
    if not shared:
        raise InputError(
            f"the prediction labels {', '.join(predictions.classes) or 'nothing'}, the reference "
            f"{', '.join(references.classes) or 'nothing'}; expected a class in common"
        )
    evaluation = SegmentationEvaluation(shared)
    file_from_stem = {file.stem: file for file in references.files}
    pairs, evaluation.paired = pair(
        tuple(file_from_stem),
        predictions.files,
        source_frames(references.files[0].parent),
        source_frames(predictions.files[0].parent),
    )
    for name, prediction_file in pairs:
        reference = references.read(file_from_stem[name], shared)
        evaluation.add(predictions.read(prediction_file, shared), reference)
    return evaluation
