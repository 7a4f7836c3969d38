"""How far a predicted depth is from a reference: the field's metrics, per image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal

import cv2
import numpy as np

from EndoDepthLib.errors import InputError, SettingsError


@dataclass(frozen=True)
class DepthProtocol:
    """How a prediction is prepared before it is compared (the usual one of the endoscopy literature).

    Reference pixels count where min_depth < depth < max_depth, both in the reference's unit: 150 mm is usual for
    SCARED, 180 for SERV-CT, 200 for SimCol, 100 for C3VD. scaling "median": each image's prediction is multiplied by
    median(reference) / median(prediction); "none": units are compared as they are. The prediction is then clamped to
    [min_depth, max_depth]. Raises SettingsError when the limits are not in order.
    """

    min_depth: float = 1e-3
    max_depth: float = math.inf
    scaling: Literal["median", "none"] = "median"

    def __post_init__(self) -> None:
        if not 0 < self.min_depth < self.max_depth:
            raise SettingsError(
                f"depth limits are {self.min_depth} and {self.max_depth}; expected 0 < the lower < the upper"
            )
        if self.scaling not in ("median", "none"):
            raise SettingsError(f"scaling is {self.scaling!r}; expected 'median' or 'none'")


@dataclass(frozen=True)
class DepthMetrics:
    """Figures of one image, or their mean over images (NaN where a figure has no meaning, as for a constant).

    abs_rel = mean |p - r| / r; sq_rel = mean (p - r)^2 / r and rmse, both in the reference's unit; rmse_log = RMS of
    ln p - ln r; delta_1 = share of pixels with max(p / r, r / p) < 1.25; log_correlation = Pearson's r of ln p and
    ln r; log_spread_ratio = std ln p / std ln r (1 is right, above 1 is too deep a relief); coverage = share of the
    reference's pixels that have a prediction: metrics are of those only, so read them together.
    """

    abs_rel: float
    sq_rel: float
    rmse: float
    rmse_log: float
    delta_1: float
    log_correlation: float
    log_spread_ratio: float
    coverage: float


def resize_through_disparity(depth: np.ndarray, height: int, width: int) -> np.ndarray:
    """Depth (h, w), NaN invalid, on another grid: bilinear in 1 / depth, as the literature resizes; float64 (H, W).

    A pixel stays invalid when invalid neighbours outweigh valid ones. Edges stay on edges (cv2.resize).
    """
    if depth.shape == (height, width):
        return depth.astype(np.float64)
    valid = np.isfinite(depth)
    disparity = np.divide(1.0, depth, out=np.zeros(depth.shape), where=valid)
    weight = cv2.resize(valid.astype(np.float64), (width, height), interpolation=cv2.INTER_LINEAR)
    weighted = cv2.resize(disparity, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.divide(weight, weighted, out=np.full((height, width), np.nan), where=weight > 0.5)


def aligned_pair(
    prediction: np.ndarray, reference: np.ndarray, protocol: DepthProtocol
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prediction and reference brought together: values p and r (N,) float64 and the mask (H, W) they were taken from.

    Both are (H, W), along the optical axis, NaN or <= 0 = invalid; the prediction may have another size.
    Raises InputError when the reference has no usable pixel or the prediction none where the reference has.
    """
    usable = np.isfinite(reference) & (reference > protocol.min_depth) & (reference < protocol.max_depth)
    if not usable.any():
        raise InputError(
            f"the reference has no depth between {protocol.min_depth:g} and {protocol.max_depth:g}; check its unit"
        )
    positive = np.where(np.isfinite(prediction) & (prediction > 0), prediction, np.nan)
    resized = resize_through_disparity(positive, *reference.shape)
    both = usable & np.isfinite(resized)
    if not both.any():
        raise InputError("the prediction has no depth where the reference has; check that they are of the same image")
    p, r = resized[both], reference[both].astype(np.float64)
    if protocol.scaling == "median":
        p = p * (np.median(r) / np.median(p))
    return np.clip(p, protocol.min_depth, protocol.max_depth), r, both


def depth_metrics(prediction: np.ndarray, reference: np.ndarray, protocol: DepthProtocol | None = None) -> DepthMetrics:
    """Figures of one image; arguments and errors as in `aligned_pair`."""
    protocol = protocol or DepthProtocol()
    p, r, both = aligned_pair(prediction, reference, protocol)
    usable = np.isfinite(reference) & (reference > protocol.min_depth) & (reference < protocol.max_depth)
    difference = p - r
    log_p, log_r = np.log(p), np.log(r)
    ratio = p / r
    # Rounding leaves a spread of about 1e-16 in a constant: below this there is nothing to correlate.
    spread_p, spread_r = (float(values.std()) if np.ptp(values) > 1e-9 else 0.0 for values in (log_p, log_r))
    covariance = float(np.mean((log_p - log_p.mean()) * (log_r - log_r.mean())))
    return DepthMetrics(
        abs_rel=float(np.mean(np.abs(difference) / r)),
        sq_rel=float(np.mean(difference**2 / r)),
        rmse=float(np.sqrt(np.mean(difference**2))),
        rmse_log=float(np.sqrt(np.mean((log_p - log_r) ** 2))),
        delta_1=float(np.mean(np.maximum(ratio, 1.0 / ratio) < 1.25)),
        log_correlation=covariance / (spread_p * spread_r) if spread_p and spread_r else math.nan,
        log_spread_ratio=spread_p / spread_r if spread_r else math.nan,
        coverage=float(both.sum() / usable.sum()),
    )


def mean_metrics(images: Sequence[DepthMetrics]) -> DepthMetrics:
    """The mean over images of each figure (the literature's way); images where a figure is NaN do not count for it."""
    if not images:
        raise InputError("there is no image to take a mean over")
    means = {}
    for field in fields(DepthMetrics):
        values = [value for image in images if not math.isnan(value := getattr(image, field.name))]
        means[field.name] = float(np.mean(values)) if values else math.nan
    return DepthMetrics(**means)
