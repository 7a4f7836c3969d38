"""A small set of phantom clips and weights that were never trained, made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line.material import write_untrained_weights

from EndoDepthCLI.job.clip import render_clip
from EndoDepthLib.inference import EndoDepthModel

FRAMES = 3


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of three frames, as `endodepth synthesize` writes them: sequences colon and laparoscopy."""
    folder = tmp_path_factory.mktemp("phantoms")
    for scene in ("colon", "laparoscopy"):
        render_clip(scene, FRAMES, 3, 48, 32, folder / scene, optics_strength=0.0, frame_step=15)
    return folder


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> EndoDepthModel:
    path = write_untrained_weights(tmp_path_factory.mktemp("weights") / "untrained.safetensors")
    return EndoDepthModel.load(path, "cpu")


@pytest.fixture
def copied(clips: Path, tmp_path: Path) -> Callable[[], Path]:
    """Makes a copy of the clips that a test may damage."""
    return lambda: Path(shutil.copytree(clips, tmp_path / "copied"))
