"""What speed is measured against, and how: interleaved, medians and spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.benchmarking.monodepth2 import Monodepth2
    from EndoDepthLib.benchmarking.timing import Timing, interleaved, milliseconds_of

_HOME = {
    "Monodepth2": "monodepth2",
    "Timing": "timing",
    "interleaved": "timing",
    "milliseconds_of": "timing",
}
__all__ = ["Monodepth2", "Timing", "interleaved", "milliseconds_of"]

__getattr__ = lazy_names(__name__, _HOME)
