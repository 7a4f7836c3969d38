"""larynx-folds: how well masks carry over to real sequences never seen, leave one sequence out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthTrainingLib.datasets import LARYNX_CLASSES, BatchConfig, data_folder, read_larynx
from EndoDepthTrainingLib.datasets.phantoms import open_phantoms
from EndoDepthTrainingLib.recipes.workplace import Workplace
from EndoDepthTrainingLib.stages import LossConfig, OptimiserConfig, StageConfig
from EndoDepthTrainingLib.stages.assessment import predictions, write_figures, write_once


@dataclass(frozen=True)
class LarynxFoldsRecipe:
    """One fixed schedule for all folds; nothing is chosen on a held-out sequence."""

    stage: StageConfig = field(
        default_factory=lambda: StageConfig(
            "larynx-fold",
            steps=320,
            seed=3,
            batch=BatchConfig({"phantoms": 2, "larynx": 6}, sizes=((160, 192), (192, 192), (192, 160))),
            optimiser=OptimiserConfig(
                learning_rate=6e-4, encoder_learning_rate=3e-4, warmup_steps=20, average_decay=0.98
            ),
            loss=LossConfig(depth=0.15, absolute=0.3, gradient=0.15, segmentation=1.0),
            validate_every=0,
            sheet_every=320,
        )
    )


def run_larynx_folds(recipe: LarynxFoldsRecipe, place: Workplace) -> None:
    """Fine-tune from the phantom stage once per held-out sequence; one confusion matrix pooled over the five."""
    output = place.folder
    classes = place.vocabulary.classes
    phantoms = open_phantoms(output / "phantoms-training")
    larynx = read_larynx(data_folder("larynx"), classes)
    names = tuple(LARYNX_CLASSES.values())
    pooled = SegmentationEvaluation(classes)
    lines = []
    for index, sequence in enumerate(np.unique(larynx.groups)):
        held_out = larynx.groups == sequence
        config = replace(recipe.stage, name=f"larynx-folds/{sequence}", seed=recipe.stage.seed + index)
        sets = {"phantoms": phantoms, "larynx": larynx.subset(~held_out)}
        network = place.run_stage(config, place.stage_network("phantoms-stage"), sets, None, {"recipe": "larynx-folds"})
        fold = SegmentationEvaluation(classes)
        frames = larynx.subset(held_out)
        for row, _, _, labels in predictions(network, frames, place.vocabulary):
            fold.add(labels, frames.labels[row])
            pooled.add(labels, frames.labels[row])
        lines.append(f"{sequence}: {held_out.sum()} frames, mIoU {fold.mean_iou:.4f}")
        print(lines[-1], flush=True)
    lines += [
        "pooled over the five held-out sequences:",
        pooled.table(),
        f"trivial, classes drawn by their share: mIoU {prior_mean_iou(pooled):.4f} over {', '.join(names)}",
    ]
    print("\n".join(lines[-3:]), flush=True)
    write_figures(output / "larynx-folds-figures.json", pooled.to_dict())
    write_once(output / "larynx-folds.txt", "\n".join(lines) + "\n")


def prior_mean_iou(evaluation: SegmentationEvaluation) -> float:
    """Expected mean IoU of drawing each pixel's class at random by its share p: p^2 / (2 p - p^2) per class."""
    counts = evaluation.matrix.counts.sum(axis=1).astype(float)
    share = counts[counts > 0] / counts.sum()
    return float(np.mean(share / (2.0 - share)))
