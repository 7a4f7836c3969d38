"""Figures as lines of text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from EndoDepthLib.evaluation.calibration import ConfidenceCalibration
from EndoDepthLib.evaluation.depth_metrics import DepthMetrics, DepthProtocol
from EndoDepthLib.evaluation.sparsification import NAMED_FRACTION, Sparsification

DEPTH_COLUMNS = {
    "AbsRel": "abs_rel",
    "SqRel": "sq_rel",
    "RMSE": "rmse",
    "RMSElog": "rmse_log",
    "d<1.25": "delta_1",
    "corr(log)": "log_correlation",
    "spread(log)": "log_spread_ratio",
    "coverage": "coverage",
}


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, the first flush left, the others flush right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def number(value: float, digits: int = 3) -> str:
    """A figure with fixed digits; "-" for one that has no meaning."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def json_values(values: Any) -> Any:
    """The same nested dicts and lists with null for NaN and infinity, which JSON does not have."""
    if isinstance(values, Mapping):
        return {key: json_values(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [json_values(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def counted_images(count: int, paired: str = "") -> str:
    """ "1 image", "10 images paired in order"."""
    return f"{count} image{'' if count == 1 else 's'}" + (f" paired {paired}" if paired else "")


def depth_rows(means: Mapping[str, DepthMetrics]) -> list[list[str]]:
    """A line of the table for the prediction and each baseline, in the order of "" and DEPTH_COLUMNS."""
    return [
        [name, *(number(getattr(metrics, attribute)) for attribute in DEPTH_COLUMNS.values())]
        for name, metrics in means.items()
    ]


def depth_table(
    means: Mapping[str, DepthMetrics],
    protocol: DepthProtocol,
    unit: str,
    calibration: ConfidenceCalibration,
    sparsification: Sparsification,
    images: str,
) -> str:
    """The table with the protocol, and how far the confidence can be believed, under it."""
    lines = [
        text_table(["", *DEPTH_COLUMNS], depth_rows(means)),
        f"mean over {images}; {protocol_line(protocol, unit)}",
    ]
    if calibration.pixels:
        bins = [f"{said:.2f} -> {right:.2f} ({share:.0%})" for said, right, share in calibration.reliability()]
        lines.append(
            f"confidence, said -> right within 10 % (share of pixels): {', '.join(bins)}; "
            f"expected calibration error {calibration.expected_error():.3f}"
        )
        lines += sparsification_lines(sparsification)
    return "\n".join(lines)


def protocol_line(protocol: DepthProtocol, unit: str) -> str:
    """How a prediction was aligned and which reference pixels count."""
    upper = f"to {protocol.max_depth:g}" if math.isfinite(protocol.max_depth) else "up"
    scaling = "median-scaled per image" if protocol.scaling == "median" else "prediction not scaled"
    return f"{scaling}; reference depth from {protocol.min_depth:g} {upper} ({unit})"


def sparsification_lines(sparsification: Sparsification) -> list[str]:
    """By how much AbsRel falls when the least certain pixels go, ranked over all images and in each image."""
    lines = [
        f"confidence, least certain {NAMED_FRACTION:.0%} removed {where}: AbsRel {curve.by_confidence[0]:.4f} falls by "
        f"{percent(curve.fall())} (at best {percent(curve.possible_fall())}, at random 0 %); "
        f"AUSE {number(curve.ause)} (at random {number(curve.random_ause)})"
        for where, curve in (
            ("of all images together", sparsification.pooled),
            ("in each image", sparsification.by_image),
        )
    ]
    return [*lines, "scale: set once, on all pixels, before any are removed"]


def percent(value: float) -> str:
    """A fraction as "12.3 %"; "-" for one that has no meaning."""
    return "-" if math.isnan(value) else f"{100.0 * value:.1f} %"
