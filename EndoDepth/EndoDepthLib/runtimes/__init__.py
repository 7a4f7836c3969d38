"""What runs the network's arithmetic: PyTorch, OpenVINO, ONNX Runtime; the fastest here is measured once.

Names are loaded when first used, and neither torch nor a runtime before one is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.runtimes.availability import missing_for, usable_runtimes
    from EndoDepthLib.runtimes.choice import choose_runtime, make_runtime, probe_runtimes, runtime_versions
    from EndoDepthLib.runtimes.files import cache_folder
    from EndoDepthLib.runtimes.names import RUNTIMES
    from EndoDepthLib.runtimes.probe import Probe, ProbeFigure, agreement
    from EndoDepthLib.runtimes.runtime import NetworkAnswer, Runtime

_HOME = {
    "missing_for": "availability",
    "usable_runtimes": "availability",
    "choose_runtime": "choice",
    "make_runtime": "choice",
    "probe_runtimes": "choice",
    "runtime_versions": "choice",
    "cache_folder": "files",
    "RUNTIMES": "names",
    "Probe": "probe",
    "ProbeFigure": "probe",
    "agreement": "probe",
    "NetworkAnswer": "runtime",
    "Runtime": "runtime",
}
__all__ = [
    "RUNTIMES",
    "NetworkAnswer",
    "Probe",
    "ProbeFigure",
    "Runtime",
    "agreement",
    "cache_folder",
    "choose_runtime",
    "make_runtime",
    "missing_for",
    "probe_runtimes",
    "runtime_versions",
    "usable_runtimes",
]

__getattr__ = lazy_names(__name__, _HOME)
