"""Index values of sequences: the frames' times, or their numbers where the source has no times."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from EndoDepthLib.results import ResultsFrame

_SMALLEST_STEP_S = 0.001


class TimeIndex:
    """Gives the frames of one source their index values, in order."""

    def __init__(self, frame_rate: float | None) -> None:
        self._has_times = frame_rate is not None
        self._last_s = -math.inf

    def describe(self, sequence: Any) -> None:
        """Tell a vtkMRMLSequenceNode what its index is."""
        sequence.SetIndexName("time" if self._has_times else "frame")
        sequence.SetIndexUnit("s" if self._has_times else "")
        sequence.SetNumericIndexValueTolerance(_SMALLEST_STEP_S / 10)

    def value(self, frame: ResultsFrame) -> str:
        """The index value of the next frame."""
        if not self._has_times:
            return str(frame.index)
        # Equal index values would overwrite each other; damaged files can repeat a time.
        self._last_s = max(frame.time_s, self._last_s + _SMALLEST_STEP_S)
        return f"{self._last_s:.6f}"
