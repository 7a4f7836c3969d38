"""What every test can ask for, and one clear line when the packages under test are not installed."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The folders here mirror the packages' names, so an import would find these instead and fail with a riddle.
if importlib.util.find_spec("EndoDepthLib.errors") is None:
    raise pytest.UsageError('EndoDepth is not installed in this Python; run: python -m pip install -e ".[test]"')

# Which runtime is the fastest depends on the machine and the hour; tests of runtimes name theirs.
os.environ.setdefault("ENDODEPTH_RUNTIME", "torch")

# Several workers that each start a thread for every core, as do the programs they run, wait for each other most of the
# time: on two cores the tests of networks and training stages took more than twice as long, all tests a seventh longer.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A time limit an example would fail on a busy machine: what is slow is a benchmark's matter.
settings.register_profile("endodepth", deadline=None)
settings.load_profile("endodepth")

# A shell that puts the tests in the background has them ignore Ctrl-C, and all processes that they start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

DATA = Path(os.environ.get("ENDODEPTH_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def reference_data() -> Callable[[str], Path]:
    """The path of a file or folder of the reference data outside the repository; skips the test where it is absent."""

    def find(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"'{path}' is not there; set ENDODEPTH_DATA to the folder that holds {name}")
        return path

    return find
