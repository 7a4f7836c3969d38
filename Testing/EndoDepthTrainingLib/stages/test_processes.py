"""Two processes under torchrun, of which one is killed: the job restarts, goes on, and has learned what one would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import training_loop
from training_loop.supervised_losses import supervised_losses
from training_loop.tiny import TinyTask, tiny_config

from EndoDepthTrainingLib.stages import Share, train
from EndoDepthTrainingLib.stages.record import read_table

SCRIPT = Path(next(iter(training_loop.__path__))) / "run.py"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run by two processes; the second was killed before its step 6."""
    if os.name == "nt" or not torch.distributed.is_gloo_available():
        pytest.skip("torchrun with gloo is not there (Windows' builds of torch lack its store)")
    folder = tmp_path_factory.mktemp("two") / "run"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    job = [*torchrun, "--max-restarts=1", "--monitor-interval=0.1", SCRIPT, folder]
    once = folder.parent / "killed"
    ended = subprocess.run([*job, "kill", "6", "1", once], env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run by one process."""
    folder = tmp_path_factory.mktemp("one") / "run"
    torch.save(train(tiny_config(), TinyTask(), folder).state_dict(), folder / "average.pt")
    return folder


def test_the_loss_curve_is_that_of_one_process(one: Path, two: Path) -> None:
    curves = [read_table(folder / "log.csv") for folder in (one, two)]
    assert curves[0].keys() == curves[1].keys() and curves[1]["step"].tolist() == list(range(1, 13))
    for name in curves[0]:
        assert np.allclose(curves[1][name], curves[0][name], rtol=2e-5), name


def test_the_weights_are_those_of_one_process(one: Path, two: Path) -> None:
    expected, found = (torch.load(folder / "average.pt", weights_only=True) for folder in (one, two))
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert torch.allclose(value.float(), found[name].float(), atol=2e-5), name


def test_the_killed_job_went_on_from_its_state(two: Path) -> None:
    assert (two.parent / "killed").exists()
    assert len(list((two / "tensorboard").iterdir())) == 2  # one file for each start
    assert torch.load(two / "state-previous.pt", weights_only=True)["step"] == 8


def test_masked_losses_do_not_depend_on_who_has_the_labels(two: Path) -> None:
    losses = json.loads((two / "losses.json").read_text(encoding="utf-8"))
    assert losses == pytest.approx(supervised_losses(Share()), rel=1e-5)
    halves = [supervised_losses(Share(rank, 2)) for rank in range(2)]  # what each half alone would say
    plain = {name: sum(half[name] for half in halves) / 2 for name in losses}
    assert all(abs(plain[name] - losses[name]) > 1e-3 for name in losses)
