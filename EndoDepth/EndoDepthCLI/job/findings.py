"""What the finished results show, in figures: read back from the folder."""

from __future__ import annotations

from typing import Any

import numpy as np

from EndoDepthLib.results import ResultsFolder


def find_in_results(results: ResultsFolder) -> dict[str, Any]:
    """Share of pixels with depth, mean confidence there, and per structure its frames and mean share of the picture.

    Shares are of the content area; all numbers are rounded to four places.
    """
    content = results.content
    area = max(int(content.sum()), 1)
    names = results.request.names
    valid, confidence = [], []
    shares = np.zeros((len(results), len(names)))
    for position in range(len(results)):
        depth = results.depth(position)
        valid.append(float((depth.valid & content).sum()) / area)
        if depth.valid.any():
            confidence.append(float(depth.confidence[depth.valid].mean()))
        labels = results.labels(position)
        if labels is not None:
            counts = np.bincount(labels.labels.ravel(), minlength=len(names) + 1)[1:]
            shares[position] = counts / area
    return {
        "pixels_with_depth": _mean(valid),
        "mean_confidence": _mean(confidence),
        "structures": {
            name: {"frames": int((shares[:, i] > 0).sum()), "mean_share": _mean(shares[:, i].tolist())}
            for i, name in enumerate(names)
        },
    }


def _mean(values: list[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None
