"""The sample cases: what they ask the command line to do, and what it does."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import pytest

from EndoDepthCLI.main import build_parser
from EndoDepthLib.errors import OutputError
from EndoDepthLib.phantoms.labels import SCENES
from EndoDepthLib.prompts.vocabulary import load_vocabulary
from EndoDepthWidgets.process import ChildProcess, Finished, FrameReady, JobEvent
from EndoDepthWidgets.process.chained import ChainedProcess
from EndoDepthWidgets.sample_data import SAMPLES, Sample, SampleButton, rendering_commands

SMALL = Sample("small", "laparoscopy", 3, ("liver",), frames=2, width=64, height=48)
PATIENCE_S = 120


def _finish(process: ChainedProcess) -> list[JobEvent]:
    events: list[JobEvent] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while process.running:
        events += process.poll()
        assert time.monotonic() < deadline_s, process.log
        time.sleep(0.02)
    return events


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.scene)
class TestShippedSample:
    def test_command_line_understands_it(self, sample: Sample, tmp_path: Path) -> None:
        commands = rendering_commands(sample, tmp_path, tmp_path / "partial", tmp_path / "frames")
        told = build_parser().parse_args(next(commands))
        assert (told.scene, told.frames, told.optics_strength) == (sample.scene, sample.frames, sample.optics_strength)
        assert sample.scene in SCENES

    def test_its_structures_can_be_asked_for(self, sample: Sample) -> None:
        vocabulary = load_vocabulary()
        assert [term for term in sample.prompts if vocabulary.index_of(term) is None] == []

    def test_it_has_a_picture(self, sample: Sample) -> None:
        picture = cv2.imread(str(sample.thumbnail))
        assert picture is not None and picture.shape == (192, 240, 3)


def test_samples_are_told_apart() -> None:
    assert len({sample.name for sample in SAMPLES}) == len({sample.clip_name for sample in SAMPLES}) == len(SAMPLES)
    assert SampleButton(SAMPLES[0]) == SampleButton(SAMPLES[0]) != SampleButton(SAMPLES[1])
    assert str(SampleButton(SAMPLES[0])) == str(SampleButton(SAMPLES[0])), "Slicer tells sources apart by their text"


def test_a_sample_is_rendered_once_and_decoded_each_time(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for attempt in ("first", "second"):
        frames = tmp_path / attempt
        process = ChainedProcess(ChildProcess.start, rendering_commands(SMALL, cache, cache / "partial", frames))
        events = _finish(process)
        assert events[-1] == Finished(), process.log
        assert [event.position for event in events if isinstance(event, FrameReady)] == [0, 1]
        assert len(list((frames / "frames").glob("*.png"))) == 2
        assert ("rendering" in process.log) == (attempt == "first")
        assert [path.name for path in cache.iterdir()] == [SMALL.clip_name]


def test_a_clip_that_is_not_whole_is_rendered_anew(tmp_path: Path) -> None:
    clip = tmp_path / SMALL.clip_name
    (clip / "frames").mkdir(parents=True)
    assert next(rendering_commands(SMALL, tmp_path, tmp_path / "partial", tmp_path / "frames"))[0] == "synthesize"


def test_a_cache_that_takes_no_clip_is_said(tmp_path: Path) -> None:
    commands = rendering_commands(SMALL, tmp_path / "nowhere", tmp_path / "partial", tmp_path / "frames")
    next(commands)
    (tmp_path / "partial").mkdir()
    with pytest.raises(OutputError, match="nowhere.*cache folder"):
        next(commands)
