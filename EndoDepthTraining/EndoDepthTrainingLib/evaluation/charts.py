"""Curves of an evaluation as PNG pictures, drawn without a display."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from EndoDepthLib.evaluation import ConfidenceCalibration, DepthMetrics, Sparsification
from EndoDepthLib.evaluation.sparsification import NAMED_FRACTION, REMOVED
from EndoDepthLib.evaluation.tables import percent
from EndoDepthLib.geometry import fit_similarity
from EndoDepthLib.values import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OURS, _BEST, _TRIVIAL = "#1f6feb", "#2a9d5c", "#8a8f98"
_MOST_SEQUENCES = 6
_COLUMNS = 3


def sparsification_chart(sparsification: Sparsification) -> bytes:
    """AbsRel of what is left against the part removed: by confidence, in the best order, at random."""
    figure = _figure(2)
    both = {"pixels of all images together": sparsification.pooled, "in each image, mean": sparsification.by_image}
    for place, (title, curve) in enumerate(both.items(), start=1):
        axes = figure.add_subplot(1, 2, place)
        axes.plot(100 * REMOVED, np.full(len(REMOVED), curve.by_confidence[0]), color=_TRIVIAL, ls="--", label="random")
        axes.plot(100 * REMOVED, curve.by_confidence, color=_OURS, marker=".", label="least certain first")
        axes.plot(100 * REMOVED, curve.by_oracle, color=_BEST, label="largest error first (oracle)")
        axes.axvline(100 * NAMED_FRACTION, color=_TRIVIAL, lw=0.8, ls=":")
        axes.set_title(f"{title}: {percent(curve.fall())} lower at {100 * NAMED_FRACTION:.0f} %", fontsize=10)
        axes.set_xlabel("pixels removed, %")
        axes.set_ylabel("AbsRel of the pixels left")
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=8, frameon=False)
    return _png(figure)


def calibration_chart(calibration: ConfidenceCalibration) -> bytes:
    """The share of pixels that are right against the confidence they were given; the size of a point is how many."""
    said, right, share = (np.array(values) for values in zip(*calibration.reliability(), strict=True))
    figure = _figure(1)
    axes = figure.add_subplot(1, 1, 1)
    axes.plot([0, 1], [0, 1], color=_TRIVIAL, ls="--", label="says what is")
    axes.plot(said, right, color=_OURS, lw=1)
    axes.scatter(said, right, s=20 + 400 * share, color=_OURS, label="pixels, by confidence")
    axes.set_xlabel("confidence")
    axes.set_ylabel("share within 10 % of the reference")
    axes.set_title(f"expected calibration error {calibration.expected_error():.3f}", fontsize=10)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.legend(fontsize=8, frameon=False, loc="upper left")
    return _png(figure)


def error_chart(images: Mapping[str, Mapping[str, DepthMetrics]]) -> bytes:
    """For each answer, how many images have an AbsRel below a value."""
    figure = _figure(1)
    axes = figure.add_subplot(1, 1, 1)
    names = list(next(iter(images.values())))
    for name, style in zip(names, ("-", "--", "-.", ":"), strict=False):
        values = np.sort([figures[name].abs_rel for figures in images.values() if name in figures])
        share = np.arange(1, len(values) + 1) / len(values)
        ours = name == names[0]
        axes.step(values, 100 * share, where="post", color=_OURS if ours else _TRIVIAL, ls=style, label=name)
    axes.set_xlabel("AbsRel of an image")
    axes.set_ylabel("images below, %")
    axes.set_xlim(left=0)
    axes.set_ylim(0, 100)
    axes.legend(fontsize=8, frameon=False, loc="best")
    return _png(figure)


def trajectory_chart(known: Mapping[str, Trajectory], predicted: Mapping[str, Trajectory]) -> bytes:
    """Known and predicted paths of the first sequences, aligned, on the plane in which the known path is widest."""
    sequences = list(predicted)[:_MOST_SEQUENCES]
    columns = min(len(sequences), _COLUMNS)
    rows = -(-len(sequences) // columns)
    figure = _figure(columns, rows)
    for place, sequence in enumerate(sequences, start=1):
        axes = figure.add_subplot(rows, columns, place)
        _draw_paths(axes, known[sequence], predicted[sequence])
        axes.set_title(sequence, fontsize=9)
    return _png(figure)


def _draw_paths(axes: Axes, known: Trajectory, predicted: Trajectory) -> None:
    _, of_known, of_predicted = np.intersect1d(known.frame_indices, predicted.frame_indices, return_indices=True)
    true = known.world_from_camera[of_known, :3, 3]
    guessed = predicted.world_from_camera[of_predicted, :3, 3]
    fit = fit_similarity(guessed, true)
    aligned = fit.apply(guessed)
    plane = np.linalg.svd(true - true.mean(axis=0))[2][:2].T
    for positions, color, label in ((true, _BEST, "known"), (aligned, _OURS, "predicted")):
        seen = (positions - true.mean(axis=0)) @ plane
        axes.plot(seen[:, 0], seen[:, 1], color=color, marker=".", ms=3, lw=1, label=label)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel("mm")
    axes.set_ylabel("mm")
    axes.legend(fontsize=8, frameon=False)


def _figure(columns: int, rows: int = 1) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(4.6 * columns, 3.4 * rows), layout="constrained")


def _png(figure: Figure) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
