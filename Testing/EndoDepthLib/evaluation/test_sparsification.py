"""Sparsification against a slow reference that sorts single pixels, and the properties a curve must have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from EndoDepthLib.evaluation import ConfidenceCalibration, Sparsification
from EndoDepthLib.evaluation.sparsification import NAMED_FRACTION, REMOVED

PIXELS = 4000  # the oracle's bins of error are 0.001 wide: hence the absolute tolerance of half a bin below


def slow_curve(errors: list[float], order: list[float]) -> list[float]:
    """AbsRel of what is left when the pixels with the smallest `order` go first, one after the other."""
    kept = [error for _, error in sorted(zip(order, errors, strict=True), reverse=True)]
    left = [kept[: round((1.0 - removed) * len(kept))] for removed in REMOVED]
    return [sum(part) / len(part) for part in left]


def an_image(seed: int, knowing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidence, prediction, reference (PIXELS,); knowing: how much of the error the confidence tells, 0 to 1."""
    rng = np.random.default_rng(seed)
    reference = rng.uniform(10.0, 90.0, PIXELS)
    error = rng.gamma(1.0, 0.1, PIXELS)
    prediction = reference * (1.0 + error * rng.choice([-1.0, 1.0], PIXELS).clip(min=-1.0 + 1e-9))
    confidence = np.exp(-(knowing * error + (1.0 - knowing) * rng.gamma(1.0, 0.1, PIXELS)) * 8.0)
    return confidence, np.maximum(prediction, 0.1), reference


def relative_errors(prediction: np.ndarray, reference: np.ndarray) -> list[float]:
    return [abs(p - r) / r for p, r in zip(prediction.tolist(), reference.tolist(), strict=True)]


@pytest.mark.parametrize("knowing", [0.0, 0.5, 0.9])
def test_curves_equal_sorting_every_pixel(knowing: float) -> None:
    images = [an_image(seed, knowing) for seed in range(3)]
    sparsification = Sparsification()
    own = [sparsification.add(*image) for image in images]
    slow_own = []
    for curve, (confidence, prediction, reference) in zip(own, images, strict=True):
        errors = relative_errors(prediction, reference)
        slow_own.append(slow_curve(errors, confidence.tolist()))
        assert curve.by_confidence == pytest.approx(slow_own[-1], rel=0.01)
        assert curve.by_oracle == pytest.approx(slow_curve(errors, [-error for error in errors]), rel=0.01, abs=5e-4)
    confidence, prediction, reference = (np.concatenate(parts) for parts in zip(*images, strict=True))
    errors = relative_errors(prediction, reference)
    assert sparsification.pooled.by_confidence == pytest.approx(slow_curve(errors, confidence.tolist()), rel=0.01)
    assert sparsification.by_image.by_confidence == pytest.approx(np.mean(slow_own, axis=0), rel=0.01)
    assert sparsification.by_image.by_confidence[0] == pytest.approx(np.mean(errors))


def test_a_confidence_that_knows_the_error_is_the_oracle_and_one_that_knows_nothing_is_random() -> None:
    _, prediction, reference = an_image(1, 0.0)
    error = np.abs(prediction - reference) / reference
    knows = Sparsification().add(1.0 / (1.0 + error), prediction, reference)
    assert knows.ause == pytest.approx(0.0, abs=1e-3) and knows.fall() == pytest.approx(knows.possible_fall(), abs=1e-3)
    nothing = Sparsification().add(np.full(PIXELS, 0.7), prediction, reference)
    assert nothing.by_confidence == pytest.approx(np.full(len(REMOVED), error.mean()))
    assert nothing.fall() == pytest.approx(0.0) and nothing.ause == pytest.approx(nothing.random_ause)
    wrong = Sparsification().add(error / (1.0 + error), prediction, reference)
    assert wrong.fall() < 0.0 and wrong.ause > wrong.random_ause


def test_fall_is_what_it_says() -> None:
    reference = np.full(100, 10.0)
    prediction = np.where(np.arange(100) < 20, 15.0, 11.0)  # a fifth is wrong by 50 %, the rest by 10 %
    curve = Sparsification().add(np.where(np.arange(100) < 20, 0.1, 0.9), prediction, reference)
    assert curve.by_confidence[0] == pytest.approx(0.18)
    assert curve.fall(NAMED_FRACTION) == pytest.approx(1.0 - 0.10 / 0.18)


def test_ranking_across_images_sees_what_ranking_within_each_cannot() -> None:
    sparsification, reference = Sparsification(), np.full(50, 10.0)
    sparsification.add(np.full(50, 0.9), reference * 1.1, reference)
    sparsification.add(np.full(50, 0.2), reference * 1.5, reference)
    assert sparsification.by_image.fall(0.5) == pytest.approx(0.0)
    assert sparsification.pooled.by_confidence[10] == pytest.approx(0.1)  # the doubtful image is gone


def test_merging_and_restoring_give_what_adding_everything_gives() -> None:
    whole, first, second = Sparsification(), Sparsification(), Sparsification()
    for seed in range(4):
        whole.add(*an_image(seed, 0.5))
        (first if seed < 2 else second).add(*an_image(seed, 0.5))
    restored = Sparsification.restored(first.arrays())
    restored.merge(second)
    assert restored.images == 4 and first.images == 2
    for mine, theirs in ((restored.pooled, whole.pooled), (restored.by_image, whole.by_image)):
        assert mine.by_confidence == pytest.approx(theirs.by_confidence)
        assert mine.by_oracle == pytest.approx(theirs.by_oracle)


def test_no_error_and_no_image_have_no_fall() -> None:
    assert math.isnan(Sparsification().pooled.fall()) and math.isnan(Sparsification().by_image.ause)
    flawless = Sparsification().add(np.full(5, 0.5), np.ones(5), np.ones(5))
    assert math.isnan(flawless.fall()) and math.isnan(flawless.ause)


def test_a_calibration_comes_back_from_its_arrays() -> None:
    calibration, again = ConfidenceCalibration(), ConfidenceCalibration()
    calibration.update(*an_image(1, 0.5))
    again.merge(ConfidenceCalibration.restored(calibration.arrays()))
    assert again.reliability() == calibration.reliability() and again.pixels == PIXELS
