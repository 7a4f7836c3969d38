"""Progress for programs: every line on stdout is one JSON object, in the order of what happened."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line.comparison import differences
from command_line.process import Outcome, command, endodepth, endodepth_in_one_process, environment

from EndoDepthLib.results import ResultsFolder

Events = list[dict[str, Any]]


def _events(outcome: Outcome) -> Events:
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def _of_kind(events: Events, kind: str) -> Events:
    return [event for event in events if event["event"] == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("progress")


@pytest.fixture(scope="module")
def outcomes(folder: Path, job: list[str | Path], weights: Path, video: Path) -> dict[str, Outcome]:
    told = ["--progress", "json"]
    two = ["--weights", weights, "--every", "3", *told]
    return endodepth_in_one_process(
        {
            "results": [*job, "--results-only", "--output", folder / "results", *told],
            "again": [*job, "--results-only", "--output", folder / "results", "--resume", *told],
            "depth": ["depth", video, "--output", folder / "depth", *two],
            "segment": ["segment", video, "--output", folder / "segment", "--prompt", "liver", *two],
            "plain": ["depth", video, "--output", folder / "plain", "--weights", weights, "--progress", "plain"],
            "no video": ["reconstruct", folder / "none.mp4", "--output", folder / "x", *told],
            "bad prompt": ["segment", video, "--output", folder / "x", "--prompt", "aeroplane", *two],
            "not empty": ["depth", video, "--output", folder / "results", *two],
        }
    )


def test_a_run_tells_its_stages_frames_warnings_and_end(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["results"].exit_code == 0, outcomes["results"].stdout
    events = _events(outcomes["results"])
    stages = list(dict.fromkeys(event["stage"] for event in _of_kind(events, "progress")))
    assert stages == ["prepare", "frames"]
    assert events[0] == {"event": "progress", "stage": "prepare", "done": 0, "total": None, "remaining_s": None}
    assert _of_kind(events, "progress")[-1] == {
        "event": "progress",
        "stage": "frames",
        "done": 6,
        "total": 6,
        "remaining_s": 0.0,
    }
    assert [event["position"] for event in _of_kind(events, "frame_ready")] == list(range(6))
    assert any("typical" in event["text"] or "guess" in event["text"] for event in _of_kind(events, "warning"))
    assert any("6 frames in" in event["text"] for event in _of_kind(events, "log"))
    assert events[-1] == {"event": "finished"}
    assert outcomes["results"].stderr == ""


def test_results_only_are_the_results_without_scene_and_pictures(
    outcomes: dict[str, Outcome], folder: Path, undisturbed: Path
) -> None:
    different = differences(folder / "results", undisturbed)
    assert {name.partition("/")[0] for name in different} == {"scene.mrb", "preview.mp4", "contact_sheet.png"}
    assert not (folder / "results" / "scene.mrb").exists()
    assert ResultsFolder.open(folder / "results").is_complete


def test_a_run_that_goes_on_tells_the_frames_that_are_there(outcomes: dict[str, Outcome]) -> None:
    events = _events(outcomes["again"])
    assert [event["position"] for event in _of_kind(events, "frame_ready")] == list(range(6))
    assert events[-1] == {"event": "finished"}


@pytest.mark.parametrize("name", ["depth", "segment"])
def test_flat_folders_tell_as_well(outcomes: dict[str, Outcome], name: str) -> None:
    events = _events(outcomes[name])
    assert [event["position"] for event in _of_kind(events, "frame_ready")] == [0, 1]
    assert events[-1] == {"event": "finished"}


@pytest.mark.parametrize(
    ("name", "words"), [("no video", "does not exist"), ("bad prompt", "aeroplane"), ("not empty", "not empty")]
)
def test_an_error_is_the_last_line(outcomes: dict[str, Outcome], name: str, words: str) -> None:
    assert outcomes[name].exit_code == 2
    last = _events(outcomes[name])[-1]
    assert last["event"] == "error" and words in last["message"] and "\n" not in last["message"]
    assert outcomes[name].stderr == ""


def test_plain_lines_are_for_people(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["plain"].stdout.startswith("6 depth maps")
    assert "frames: 6 frames\n" in outcomes["plain"].stderr
    assert "frames: done, 6 frames in" in outcomes["plain"].stderr


def test_a_frame_that_is_told_can_be_read(tmp_path: Path, job: list[str | Path]) -> None:
    folder = tmp_path / "results"
    arguments = command(*job, "--results-only", "--output", folder, "--progress", "json")
    told = 0
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, env=environment(), text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            event = json.loads(line)
            if event["event"] == "frame_ready":
                results = ResultsFolder.open(folder)
                assert len(results) > event["position"]
                assert results.frame(event["position"]).width == 96
                assert results.surface(event["position"]) is not None
                told += 1
    assert (told, child.returncode) == (6, 0)


@pytest.mark.skipif(os.name == "nt", reason="names that are not text are POSIX's")
def test_a_name_that_is_no_text_is_told_as_ascii(tmp_path: Path, pictures: Path, weights: Path) -> None:
    target = tmp_path / os.fsdecode(b"caf\xe9")
    target.symlink_to(pictures)
    outcome = endodepth("frames", target, "--output", tmp_path / "frames", "--progress", "json")
    assert outcome.exit_code == 0, outcome.stdout
    assert outcome.stdout.isascii()
    assert _events(outcome)[-1] == {"event": "finished"}


def test_a_phantom_tells_its_rendering(tmp_path: Path) -> None:
    outcome = endodepth(
        *("synthesize", "colon", "--output", tmp_path / "clip", "--frames", "2"),
        *("--width", "48", "--height", "32", "--progress", "json"),
    )
    events = _events(outcome)
    assert [event["stage"] for event in _of_kind(events, "progress")][-1] == "rendering colon"
    assert events[-1] == {"event": "finished"}
