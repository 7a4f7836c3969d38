"""Commands that answer a question as JSON: inspect, devices, prompts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line.process import Outcome, endodepth_in_one_process

TEXTS = ("Graspers", "the tool that grasps tissue", "aeroplane", " ")


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, video: Path, pictures: Path, weights: Path
) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("questions")
    words = [part for text in TEXTS for part in ("--prompt", text)]
    return endodepth_in_one_process(
        {
            "video": ["inspect", video, "--start", "1", "--stop", "6", "--every", "2"],
            "folder": ["inspect", pictures],
            "image": ["inspect", pictures / "0.png"],
            "told": ["inspect", video, "--progress", "json"],
            "none": ["inspect", folder / "none.mp4"],
            "past the end": ["inspect", video, "--start", "100"],
            "devices": ["devices"],
            "prompts": ["prompts", "--weights", weights, *words],
            "no prompt": ["prompts"],
            "no weights": ["prompts", "--prompt", "liver", "--weights", folder / "none.safetensors"],
        }
    )


def _answer(outcome: Outcome) -> dict[str, Any]:
    assert outcome.exit_code == 0, outcome.stderr
    answer: dict[str, Any] = json.loads(outcome.stdout)
    return answer


def test_a_video(outcomes: dict[str, Outcome]) -> None:
    answer = _answer(outcomes["video"])
    assert (
        answer.items()
        >= {
            "kind": "video",
            "source": "clip.mp4",
            "width": 96,
            "height": 64,
            "frames": 3,
            "first_index": 1,
            "last_index": 5,
            "every": 2,
            "frame_rate": 10.0,
            "duration_s": 0.5,
            "frames_memory_bytes": 3 * 96 * 64 * 3,
            "max_frames": 200,
            "warnings": [],
        }.items()
    )
    assert answer["frames_memory_bytes"] < answer["scene_memory_bytes"]
    assert answer["results_bytes"] > answer["frames_memory_bytes"]


def test_images_have_no_times(outcomes: dict[str, Outcome]) -> None:
    for kind, frames in {"folder": 3, "image": 1}.items():
        answer = _answer(outcomes[kind])
        assert (answer["kind"], answer["frames"]) == (kind, frames)
        assert answer["frame_rate"] is None and answer["duration_s"] is None


def test_memory_follows_the_stride(outcomes: dict[str, Outcome]) -> None:
    (told, end) = [json.loads(line) for line in outcomes["told"].stdout.splitlines()]
    assert (told["event"], end) == ("answer", {"event": "finished"})
    whole, some = told["value"], _answer(outcomes["video"])
    assert whole["frames_memory_bytes"] == 2 * some["frames_memory_bytes"]


def test_devices_always_include_the_cpu(outcomes: dict[str, Outcome]) -> None:
    answer = _answer(outcomes["devices"])
    devices = {device["id"]: device["name"] for device in answer["devices"]}
    assert devices["cpu"].startswith("CPU, ")
    assert answer["auto"] == answer["devices"][0]["id"]


def test_words_are_read_one_by_one(outcomes: dict[str, Outcome]) -> None:
    known, read, unknown, empty = _answer(outcomes["prompts"])["prompts"]
    assert (known["text"], known["class"], known["message"]) == ("Graspers", "surgical instrument", None)
    assert read["class"] == "surgical instrument"
    assert unknown["class"] is None and len(unknown["nearest"]) == 3
    assert all(name in unknown["message"] for name in unknown["nearest"])
    assert empty["class"] is None and "empty" in empty["message"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "does not exist"),
        ("past the end", "past the end"),
        ("no prompt", "--prompt TEXT"),
        ("no weights", "none.safetensors"),
    ],
)
def test_what_cannot_be_answered_is_one_line(outcomes: dict[str, Outcome], name: str, words: str) -> None:
    assert outcomes[name].exit_code == 2
    assert outcomes[name].stdout == ""
    assert len(outcomes[name].stderr.splitlines()) == 1 and words in outcomes[name].error_lines[0]
