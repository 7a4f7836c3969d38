"""One small case, built once into a scene, for all tests of the scene layer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_case.lettered import camera, make_results, request

from EndoDepthLib.results import ResultsFolder
from EndoDepthScene import CaseScene, CaseView, MrmlSession, build_scene

FRAMES = 3


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> ResultsFolder:
    return make_results(tmp_path_factory.mktemp("case") / "out", request(camera()), FRAMES)


@pytest.fixture(scope="session")
def scene_file(results: ResultsFolder) -> Path:
    path = results.folder / "scene.mrb"
    build_scene(results, path)
    return path


@pytest.fixture
def view(results: ResultsFolder) -> Iterator[CaseView]:
    """The case in a scene of its own, fresh for every test."""
    with MrmlSession() as session:
        case = CaseScene(session.scene, results)
        for position in range(FRAMES):
            case.add_frame(position)
        case.finish()
        yield CaseView.find(case.browser)
