from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from host import Host, start_host

SAMPLE = Path(__file__).resolve().parents[1] / "sample_module" / "HostSample.py"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with start_host(tmp_path / "slicer", size=(900, 600)) as running:
        yield running


@pytest.fixture
def sample() -> Path:
    """The file of the sample module."""
    return SAMPLE
