"""Depth metrics against the definitions computed pixel by pixel in plain Python, and the properties they must have."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.evaluation import DepthProtocol, depth_metrics, mean_metrics, resize_through_disparity

DEPTHS = arrays(np.float64, (4, 5), elements=st.floats(1.0, 149.0))
HOLES = arrays(bool, (4, 5))


def metrics_in_plain_python(prediction: np.ndarray, reference: np.ndarray, cap: float) -> dict[str, float]:
    pairs = [
        (p, r) for p, r in zip(prediction.ravel().tolist(), reference.ravel().tolist(), strict=True) if 1e-3 < r < cap
    ]
    factor = statistics.median(r for _, r in pairs) / statistics.median(p for p, _ in pairs)
    pairs = [(min(max(p * factor, 1e-3), cap), r) for p, r in pairs]
    count = len(pairs)
    return {
        "abs_rel": sum(abs(p - r) / r for p, r in pairs) / count,
        "sq_rel": sum((p - r) ** 2 / r for p, r in pairs) / count,
        "rmse": math.sqrt(sum((p - r) ** 2 for p, r in pairs) / count),
        "rmse_log": math.sqrt(sum((math.log(p) - math.log(r)) ** 2 for p, r in pairs) / count),
        "delta_1": sum(max(p / r, r / p) < 1.25 for p, r in pairs) / count,
    }


@given(DEPTHS, DEPTHS, HOLES)
@settings(max_examples=60, deadline=None)
def test_metrics_equal_their_definitions(prediction: np.ndarray, reference: np.ndarray, holes: np.ndarray) -> None:
    reference = np.where(holes, 0.0, reference)
    reference[0, 0] = 20.0
    found = depth_metrics(prediction, reference, DepthProtocol(max_depth=150.0))
    for name, expected in metrics_in_plain_python(prediction, reference, 150.0).items():
        assert getattr(found, name) == pytest.approx(expected, rel=1e-9, abs=1e-12), name


@given(DEPTHS, DEPTHS)
@settings(max_examples=40, deadline=None)
def test_log_correlation_and_spread_equal_numpys(prediction: np.ndarray, reference: np.ndarray) -> None:
    prediction[0, :2], reference[0, :2] = (1.0, 100.0), (2.0, 90.0)  # neither is constant
    found = depth_metrics(prediction, reference)
    log_p, log_r = np.log(prediction).ravel(), np.log(reference).ravel()
    assert found.log_correlation == pytest.approx(np.corrcoef(log_p, log_r)[0, 1], abs=1e-9)
    assert found.log_spread_ratio == pytest.approx(log_p.std() / log_r.std(), rel=1e-9)


@given(DEPTHS, DEPTHS, st.floats(0.01, 100.0))
@settings(max_examples=40, deadline=None)
def test_the_scale_of_a_prediction_does_not_matter(prediction: np.ndarray, reference: np.ndarray, scale: float) -> None:
    first, second = depth_metrics(prediction, reference), depth_metrics(prediction * scale, reference)
    assert second.abs_rel == pytest.approx(first.abs_rel, rel=1e-9, abs=1e-12)
    assert second.rmse == pytest.approx(first.rmse, rel=1e-9, abs=1e-9)


def test_a_perfect_prediction_scores_perfectly() -> None:
    reference = np.random.default_rng(0).uniform(10, 90, (6, 7))
    found = depth_metrics(reference / 3.0, reference)
    assert found.abs_rel == pytest.approx(0, abs=1e-12)
    assert (found.delta_1, found.coverage) == (1.0, 1.0)
    assert found.log_correlation == pytest.approx(1.0)
    assert found.log_spread_ratio == pytest.approx(1.0)


def test_a_constant_has_no_correlation() -> None:
    found = depth_metrics(np.full((3, 3), 0.1), np.arange(1.0, 10.0).reshape(3, 3))
    assert math.isnan(found.log_correlation)
    assert found.log_spread_ratio == 0.0


def test_holes_in_a_prediction_show_as_coverage() -> None:
    reference = np.full((4, 4), 10.0)
    prediction = reference.copy()
    prediction[:2] = np.nan
    assert depth_metrics(prediction, reference).coverage == 0.5


def test_without_scaling_units_count() -> None:
    reference = np.full((2, 2), 10.0)
    assert depth_metrics(reference * 2, reference, DepthProtocol(scaling="none")).abs_rel == pytest.approx(1.0)


def test_reference_outside_the_limits_does_not_count() -> None:
    reference = np.array([[10.0, 20.0, 500.0]])
    prediction = np.array([[10.0, 20.0, 1.0]])
    assert depth_metrics(prediction, reference, DepthProtocol(max_depth=150.0)).abs_rel == pytest.approx(0.0)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 1.0), (math.nan, 1.0)])
def test_limits_out_of_order_are_refused(low: float, high: float) -> None:
    with pytest.raises(SettingsError, match="depth limits"):
        DepthProtocol(low, high)


def test_nothing_to_compare_is_an_error() -> None:
    nothing, some = np.full((2, 2), np.nan), np.ones((2, 2))
    with pytest.raises(InputError, match="reference has no depth"):
        depth_metrics(some, nothing)
    with pytest.raises(InputError, match="prediction has no depth"):
        depth_metrics(nothing, some)


def test_a_tilted_plane_survives_resizing() -> None:
    """The disparity of a plane is linear in the pixel, so bilinear resizing of disparity keeps a plane exactly."""
    x = np.arange(32, dtype=np.float64)
    disparity = np.tile(0.02 + 0.001 * x, (16, 1))
    half = disparity.reshape(16, 16, 2).mean(axis=2).reshape(8, 2, 16).mean(axis=1)
    resized = 1.0 / resize_through_disparity(1.0 / half, 16, 32)
    assert resized[:, 1:-1] == pytest.approx(disparity[:, 1:-1], rel=1e-9)


def test_resizing_keeps_holes_where_they_are() -> None:
    depth = np.full((8, 8), 5.0)
    depth[:, :4] = np.nan
    resized = resize_through_disparity(depth, 16, 16)
    assert np.isnan(resized[:, :7]).all()
    assert resized[:, 8:] == pytest.approx(5.0)


def test_means_leave_out_what_has_no_meaning() -> None:
    constant = depth_metrics(np.ones((2, 2)), np.array([[1.0, 2.0], [3.0, 4.0]]))
    perfect = depth_metrics(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    mean = mean_metrics([constant, perfect])
    assert mean.abs_rel == pytest.approx(constant.abs_rel / 2)
    assert mean.log_correlation == pytest.approx(1.0)
    assert math.isnan(mean_metrics([constant]).log_correlation)
