"""One fused surface for the tests of its files and of drawing it."""

from __future__ import annotations

import pytest
from fused_scene.written import fused_wall_and_floor

from EndoDepthLib.fusion import FusedSurface


@pytest.fixture(scope="package")
def fused(tmp_path_factory: pytest.TempPathFactory) -> FusedSurface:
    return fused_wall_and_floor(tmp_path_factory.mktemp("wall-and-floor"), 4)
