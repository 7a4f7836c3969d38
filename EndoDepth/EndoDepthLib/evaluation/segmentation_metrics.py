"""Overlap of label maps: one pooled confusion matrix, from which IoU and Dice per class follow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EndoDepthLib.errors import InputError

IGNORED = 255
"""Value of reference pixels that count for nothing (void)."""


class ConfusionMatrix:
    """Pixel counts, counts[true class, predicted class], over all images added.

    classes: names; their position is the value in both label maps. Raises InputError for a value without a class.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.counts = np.zeros((len(self.classes), len(self.classes)), np.int64)

    def update(self, prediction: np.ndarray, reference: np.ndarray) -> None:
        """Add one image: two (H, W) uint8 label maps of one size; reference pixels of value IGNORED do not count."""
        if prediction.shape != reference.shape:
            raise InputError(f"labels are {prediction.shape} but the reference is {reference.shape}; expected one size")
        counted = reference != IGNORED
        true, predicted = reference[counted].astype(np.int64), prediction[counted].astype(np.int64)
        size = len(self.classes)
        if counted.any() and max(int(true.max()), int(predicted.max())) >= size:
            raise InputError(f"a label is {max(int(true.max()), int(predicted.max()))}; expected 0..{size - 1}")
        self.counts += np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)

    @property
    def present(self) -> np.ndarray:
        """(K,) bool: the classes the reference shows."""
        return self.counts.sum(axis=1) > 0

    def iou(self) -> np.ndarray:
        """(K,) float64 intersection over union; NaN for a class neither map ever shows."""
        hits = np.diag(self.counts).astype(np.float64)
        union = self.counts.sum(axis=0) + self.counts.sum(axis=1) - hits
        return np.divide(hits, union, out=np.full(len(hits), np.nan), where=union > 0)

    def dice(self) -> np.ndarray:
        """(K,) float64 Dice coefficient (F1 of pixels); NaN for a class neither map ever shows."""
        hits = np.diag(self.counts).astype(np.float64)
        both = self.counts.sum(axis=0) + self.counts.sum(axis=1)
        return np.divide(2.0 * hits, both, out=np.full(len(hits), np.nan), where=both > 0)

    def mean_iou(self, leave_out: Sequence[str] = ()) -> float:
        """Mean IoU over the classes the reference shows, without those named; NaN when none is left."""
        kept = self._kept(leave_out)
        return float(self.iou()[kept].mean()) if kept.any() else float("nan")

    def mean_dice(self, leave_out: Sequence[str] = ()) -> float:
        """Mean Dice over the classes the reference shows, without those named; NaN when none is left."""
        kept = self._kept(leave_out)
        return float(self.dice()[kept].mean()) if kept.any() else float("nan")

    def pixel_accuracy(self) -> float:
        """Share of counted pixels with the right label; NaN without pixels."""
        total = self.counts.sum()
        return float(np.trace(self.counts) / total) if total else float("nan")

    def of_most_frequent_class(self) -> ConfusionMatrix:
        """What answering the most frequent class everywhere would have given: the trivial baseline."""
        trivial = ConfusionMatrix(self.classes)
        true = self.counts.sum(axis=1)
        trivial.counts[:, int(true.argmax())] = true
        return trivial

    def _kept(self, leave_out: Sequence[str]) -> np.ndarray:
        return self.present & np.array([name not in leave_out for name in self.classes], bool)
