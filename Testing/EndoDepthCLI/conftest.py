"""Inputs that the command line's tests share; made once."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line.material import write_pictures, write_untrained_weights, write_video


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained_weights(tmp_path_factory.mktemp("weights") / "untrained.safetensors")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("input") / "pictures", 3)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("input") / "clip.mp4", 6)
