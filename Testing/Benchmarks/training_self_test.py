"""The self test of the module EndoDepth Training, as "Reload and Test" runs it, in the test host.

    python Testing/Benchmarks/training_self_test.py

Picks frames of a rendered clip, labels them, trains stage 1 for two steps, and takes the weights into use.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing"))

from host import start_host  # noqa: E402
from host.running import MODULE_FOLDERS  # noqa: E402


def main() -> int:
    """Run it; 1 when it fails."""
    with tempfile.TemporaryDirectory() as folder, start_host(Path(folder)) as host:
        host.load_module(MODULE_FOLDERS[0] / "EndoDepth.py")
        host.open_module("EndoDepthTraining")
        result = unittest.TestResult()
        started_s = time.monotonic()
        importlib.import_module("EndoDepthTraining").EndoDepthTrainingTest("runTest").run(result)
        for _test, trace in [*result.failures, *result.errors]:
            print(trace)
        print(f"{'passed' if result.wasSuccessful() else 'FAILED'} in {time.monotonic() - started_s:.0f} s")
    return int(not result.wasSuccessful() or bool(result.skipped))


if __name__ == "__main__":
    sys.exit(main())
