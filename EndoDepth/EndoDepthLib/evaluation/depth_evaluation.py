"""A folder of predicted depth against a folder of reference depth, beside the trivial baselines."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.calibration import ConfidenceCalibration
from EndoDepthLib.evaluation.depth_metrics import (
    DepthMetrics,
    DepthProtocol,
    aligned_pair,
    depth_metrics,
    mean_metrics,
    resize_through_disparity,
)
from EndoDepthLib.evaluation.depth_references import DepthReference, find_depth_references
from EndoDepthLib.evaluation.image_files import read_depth, read_plane
from EndoDepthLib.evaluation.pairing import files_of, pair
from EndoDepthLib.evaluation.source_frames import source_frames
from EndoDepthLib.evaluation.sparsification import Sparsification, SparsificationCurve
from EndoDepthLib.evaluation.tables import counted_images, depth_table, json_values
from EndoDepthLib.evaluation.trivial_baselines import trivial_depths

PREDICTION = "prediction"


@dataclass
class DepthEvaluation:
    """Figures per image of the prediction and of each trivial baseline, filled by `add`, one image at a time.

    unit: of the reference's depth; paired: how files were matched, for the footer of the table.
    """

    protocol: DepthProtocol = field(default_factory=DepthProtocol)
    unit: str = "mm"
    paired: str = ""
    images: dict[str, dict[str, DepthMetrics]] = field(default_factory=dict)
    calibration: ConfidenceCalibration = field(default_factory=ConfidenceCalibration)
    sparsification: Sparsification = field(default_factory=Sparsification)

    def add(
        self, reference: DepthReference, prediction: np.ndarray, confidence: np.ndarray | None = None
    ) -> SparsificationCurve | None:
        """Compare one image; returns the curve of its confidence, where that was given.

        prediction: (h, w) depth along the axis, NaN invalid, of any size and scale; confidence: (h, w) in [0, 1].
        Baselines are always median-scaled: they have no unit. Raises InputError when the two share no pixel.
        """
        try:
            figures = {PREDICTION: depth_metrics(prediction, reference.depth, self.protocol)}
        except InputError as error:
            raise InputError(f"{reference.name}: {error}") from error
        scaled = replace(self.protocol, scaling="median")
        for name, depth in trivial_depths(reference.image, *reference.depth.shape).items():
            figures[name] = depth_metrics(depth, reference.depth, scaled)
        self.images[reference.name] = figures
        return None if confidence is None else self._add_confidence(reference, prediction, confidence)

    def _add_confidence(
        self, reference: DepthReference, prediction: np.ndarray, confidence: np.ndarray
    ) -> SparsificationCurve:
        p, r, both = aligned_pair(prediction, reference.depth, self.protocol)
        # Confidence may be 0, which has no inverse: shift it through the same resampling as an offset of 1.
        resized = resize_through_disparity(1.0 / (1.0 + confidence.astype(np.float64)), *both.shape)
        trust = np.clip(1.0 / resized[both] - 1.0, 0.0, 1.0)
        self.calibration.update(trust, p, r)
        return self.sparsification.add(trust, p, r)

    def merge(self, other: DepthEvaluation) -> None:
        """Add the images of another evaluation by the same protocol."""
        self.images.update(other.images)
        self.calibration.merge(other.calibration)
        self.sparsification.merge(other.sparsification)

    def means(self) -> dict[str, DepthMetrics]:
        """Mean over images of the prediction and of each baseline that every image has."""
        every = list(self.images.values())
        names = [name for name in every[0] if all(name in figures for figures in every)] if every else []
        return {name: mean_metrics([figures[name] for figures in every]) for name in names}

    def table(self) -> str:
        """The figures as lines of text, with the protocol under them."""
        return depth_table(
            self.means(),
            self.protocol,
            self.unit,
            self.calibration,
            self.sparsification,
            counted_images(len(self.images), self.paired),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values (null: no meaning, or no limit): protocol, means, every image, confidence."""
        values = {
            "protocol": {**asdict(self.protocol), "unit": self.unit},
            "mean": {name: asdict(metrics) for name, metrics in self.means().items()},
            "images": {
                image: {name: asdict(metrics) for name, metrics in figures.items()}
                for image, figures in self.images.items()
            },
            "confidence": {
                "expected_calibration_error": self.calibration.expected_error(),
                "reliability": self.calibration.reliability(),
                "sparsification": self.sparsification.figures(),
            },
        }
        plain: dict[str, Any] = json_values(values)
        return plain


def evaluate_depth(
    predictions_dir: Path,
    reference_dir: Path,
    images_dir: Path | None = None,
    min_depth: float = 1e-3,
    max_depth: float | None = None,
    scaling: str = "median",
) -> DepthEvaluation:
    """Compare predicted with reference depth, file by file, as `pair` says which belong together.

    predictions_dir: .npy or 16-bit .png files, or a results folder (its depth/ and confidence/). reference_dir: see
    `find_depth_references`. images_dir: pictures for the brightness baselines, where the reference has none.
    max_depth: upper limit of reference depth in its unit (default: what is usual for the layout). Raises InputError.
    """
    references = find_depth_references(Path(reference_dir), None if images_dir is None else Path(images_dir))
    upper = references.max_depth if max_depth is None else max_depth
    evaluation = DepthEvaluation(DepthProtocol(min_depth, upper, scaling), references.unit)  # type: ignore[arg-type]
    predictions_dir = Path(predictions_dir)
    folder = predictions_dir / "depth" if (predictions_dir / "depth").is_dir() else predictions_dir
    files = files_of(folder, (".npy", ".png"), "predicted depth")
    pairs, evaluation.paired = pair(references.names, files, references.source, source_frames(folder))
    for name, prediction_file in pairs:
        evaluation.add(references.load(name), read_depth(prediction_file), _confidence_of(prediction_file))
    return evaluation


def _confidence_of(prediction_file: Path) -> np.ndarray | None:
    if prediction_file.parent.name != "depth":
        return None
    file = prediction_file.parent.parent / "confidence" / prediction_file.with_suffix(".npy").name
    return read_plane(file) if file.is_file() else None
