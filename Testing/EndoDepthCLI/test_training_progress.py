"""A training tells how far it is as every job does, and the panel finds its figures in the folder of the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_loop.tiny import Mishap, TinyTask, tiny_config

from EndoDepthCLI.job.training import TrainingProgress, training_library
from EndoDepthCLI.telling import telling_by
from EndoDepthCLI.telling.json_lines import JsonTeller
from EndoDepthLib.errors import SettingsError, TrainingError
from EndoDepthTrainingLib.stages import train
from EndoDepthTrainingLib.stages.record import read_table
from EndoDepthWidgets.process.events import read_event
from EndoDepthWidgets.process.protocol import Progress


def test_each_stage_is_told_in_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with telling_by(JsonTeller()), training_library(), TrainingProgress() as progress:
        for name in ("first", "second"):
            train(tiny_config(name=name), TinyTask(), tmp_path / name, progress.stage(name))
    said = capsys.readouterr()
    events = [read_event(line) for line in said.out.splitlines()]
    assert all(isinstance(event, Progress) and event.total == 12 for event in events)
    ends = [event for event in events if isinstance(event, Progress) and event.done == 12]
    assert list(dict.fromkeys(event.stage for event in ends)) == ["first", "second"]
    assert "step/s" not in said.err  # one bar is enough
    assert len(read_table(tmp_path / "second" / "log.csv")["loss"]) == 12


def test_a_stage_that_broke_is_not_told_as_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(TrainingError), telling_by(JsonTeller()), TrainingProgress() as progress:
        train(tiny_config(), TinyTask(Mishap("nan", 9)), tmp_path, progress.stage("tiny"))
    events = [read_event(line) for line in capsys.readouterr().out.splitlines()]
    assert max(event.done for event in events if isinstance(event, Progress)) <= 9


def test_a_missing_package_is_named() -> None:
    with pytest.raises(SettingsError, match=r"'no_such_package'.*endodepth\[train\]"), training_library():
        import no_such_package  # noqa: F401
