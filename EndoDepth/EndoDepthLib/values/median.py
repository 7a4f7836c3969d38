"""The median of a whole picture, exactly, in a tenth of the time that sorting takes."""

from __future__ import annotations

import numpy as np

_SMALL = 20_000
_SAMPLES = 4_096
_HALF_WIDTH = 0.04  # of the sample on either side of its middle: the median is hardly ever outside


def exact_median(values: np.ndarray) -> float:
    """np.median of float32 values (N,), N >= 1, all finite: the same number.

    A few of them say between which two the median lies; only what lies there is put in order.
    """
    count = values.size
    if count >= _SMALL:
        sample = np.sort(values[:: count // _SAMPLES])
        low, high = (sample[int(len(sample) * (0.5 + side))] for side in (-_HALF_WIDTH, _HALF_WIDTH))
        below = int(np.count_nonzero(values < low))
        inside = values[(values >= low) & (values <= high)]
        first, last = (count - 1) // 2 - below, count // 2 - below
        if first >= 0 and last < inside.size:
            return float(np.mean(np.partition(inside, (first, last))[[first, last]]))
    return float(np.median(values))
