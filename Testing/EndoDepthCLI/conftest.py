"""Inputs that the command line's tests share; made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line.material import write_pictures, write_untrained_weights, write_video
from command_line.process import endodepth


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained_weights(tmp_path_factory.mktemp("weights") / "untrained.safetensors")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("input") / "pictures", 3)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("input") / "clip.mp4", 6)


@pytest.fixture(scope="session")
def job(video: Path, weights: Path) -> list[str | Path]:
    """A reconstruction of the video, to be completed by --output."""
    return ["reconstruct", video, "--weights", weights, "--prompt", "liver", "--prompt", "grasper", "--tint"]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, job: list[str | Path]) -> Path:
    """The results of the job when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed") / "results"
    done = endodepth(*job, "--output", folder)
    assert done.exit_code == 0, done.stderr
    return folder
