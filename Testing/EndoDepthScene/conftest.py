"""One small case, built once into a scene, for all tests of the scene layer."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_case.lettered import camera, make_results, request

from EndoDepthLib.results import ResultsFolder
from EndoDepthScene import build_scene

FRAMES = 3


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> ResultsFolder:
    return make_results(tmp_path_factory.mktemp("case") / "out", request(camera()), FRAMES)


@pytest.fixture(scope="session")
def scene_file(results: ResultsFolder) -> Path:
    path = results.folder / "scene.mrb"
    build_scene(results, path)
    return path
