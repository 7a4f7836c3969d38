"""Rendered clips, what is evaluated on them, the demo, and the list of weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthLib.geometry import load_camera
from EndoDepthLib.video import Video

SIZE = ("--width", "64", "--height", "48")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("phantoms")


def on_cuda(folder: Path, clip: Path, weights: Path) -> list[list[str | Path]]:
    """A call of every command that has --device, without it, to an output of its own."""
    to = ["--output", folder / "cuda"]
    model = [*to, "--weights", weights]
    return [
        ["synthesize", "colon", *to],
        ["reconstruct", clip / "frames", *model],
        ["depth", clip / "frames", *model],
        ["segment", clip / "frames", *model],
        ["demo", *model],
        ["train", "recipe", "default-v0", *to],
    ]


@pytest.fixture(scope="module")
def outcomes(folder: Path, weights: Path) -> dict[str, Outcome]:
    clip, figures = folder / "clip", folder / "figures.json"
    clip_again = ["synthesize", "colon", "--frames", "2", "--seed", "3", *SIZE, "--output"]
    return endodepth_in_one_process(
        {
            "synthesize": [*clip_again, clip],
            "again": [*clip_again, folder / "again"],
            "clean": [*clip_again, folder / "clean", "--optics-strength", "0", "--frame-step", "20"],
            "too wild": [*clip_again, folder / "wild", "--optics-strength", "1.5"],
            "not empty": [*clip_again, clip],
            **{f"cuda {each[0]}": [*each, "--device", "cuda"] for each in on_cuda(folder, clip, weights)},
            "depth": ["depth", clip / "frames", "--output", folder / "depth", "--weights", weights],
            "evaluate depth": ["evaluate", "depth", folder / "depth", clip, "--json", figures],
            "evaluate truth": ["evaluate", "depth", clip, clip],
            "evaluate segmentation": ["evaluate", "segmentation", clip, clip],
            "evaluate nothing": ["evaluate", "depth", folder / "nowhere", clip],
            "demo": ["demo", "--output", folder / "demo", "--frames", "2", "--weights", weights],
            "demo again": ["demo", "--output", folder / "demo", "--weights", weights],
            "models": ["models"],
            "models as JSON": ["models", "--json"],
            "unknown model": ["models", "--id", "gpt"],
            "research": ["depth", clip / "frames", "--output", folder / "x", "--weights", "endodepth-research-v0"],
        }
    )


def test_a_clip_has_its_truth(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["synthesize"].exit_code == 0, outcomes["synthesize"].stderr
    clip = folder / "clip"
    camera = load_camera(clip / "camera.json", 64, 48)
    assert camera.width == 64
    depth = np.load(clip / "depth" / "000001.npy", allow_pickle=False)
    assert depth.shape == (48, 64) and depth.dtype == np.float32
    poses = np.array(json.loads((clip / "poses.json").read_text(encoding="utf-8"))["world_from_camera"])
    assert poses.shape == (2, 4, 4)
    with Video.open(clip / "clip.mp4") as video, Video.open(clip / "frames") as pictures:
        assert video.frame_count == pictures.frame_count == 2
        lossy, lossless = video.read(1).image.astype(int), pictures.read(1).image
        assert np.abs(lossy - lossless).mean() < 12


def test_a_seed_gives_the_same_clip(outcomes: dict[str, Outcome], folder: Path) -> None:
    names = sorted(p.relative_to(folder / "clip") for p in (folder / "clip").rglob("*") if p.is_file())
    assert len(names) == 10
    for name in names:
        assert (folder / "clip" / name).read_bytes() == (folder / "again" / name).read_bytes(), name


def test_a_clip_may_be_clean_and_fast(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["clean"].exit_code == 0, outcomes["clean"].stderr
    poses = {
        name: np.array(json.loads((folder / name / "poses.json").read_text(encoding="utf-8"))["world_from_camera"])
        for name in ("clip", "clean")
    }
    moved = {name: np.linalg.norm(each[1, :3, 3] - each[0, :3, 3]) for name, each in poses.items()}
    assert moved["clean"] > 3 * moved["clip"] > 0
    assert np.array_equal(poses["clean"][0], poses["clip"][0])
    frames = [(folder / name / "frames" / "000000.png").read_bytes() for name in poses]
    assert frames[0] != frames[1]
    assert "1.5" in outcomes["too wild"].error_lines[0] and not (folder / "wild").exists()


def test_a_folder_with_something_in_it_is_refused(outcomes: dict[str, Outcome]) -> None:
    for name in ("not empty", "demo again"):
        assert outcomes[name].exit_code == 2
        assert "not empty" in outcomes[name].error_lines[0]
        assert "--resume" not in outcomes[name].error_lines[0]  # neither has it


@pytest.mark.parametrize("command", ["synthesize", "reconstruct", "depth", "segment", "demo", "train"])
def test_a_device_that_is_not_there_is_said_first(outcomes: dict[str, Outcome], folder: Path, command: str) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    outcome = outcomes[f"cuda {command}"]
    assert outcome.exit_code == 2, outcome.stderr
    (line,) = outcome.error_lines
    assert "'cuda'" in line and "--device cpu" in line
    assert not (folder / "cuda").exists()


def test_figures_stand_beside_trivial_ones(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["evaluate depth"].exit_code == 0, outcomes["evaluate depth"].stderr
    text = outcomes["evaluate depth"].stdout
    assert all(name in text for name in ("AbsRel", "prediction", "constant depth", "depth = L^-0.5"))
    assert json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    row = next(line for line in outcomes["evaluate truth"].stdout.splitlines() if line.startswith("prediction"))
    assert row.split()[1:6] == ["0.000", "0.000", "0.000", "0.000", "1.000"]
    assert "colon wall" in outcomes["evaluate segmentation"].stdout
    assert outcomes["evaluate nothing"].exit_code == 2
    assert "nowhere" in outcomes["evaluate nothing"].error_lines[0]


def test_the_demo_does_the_whole_job(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["demo"].exit_code == 0, outcomes["demo"].stderr
    assert "constant depth" in outcomes["demo"].stdout
    assert "no measure of quality" in outcomes["demo"].stdout
    for name in ("clip/clip.mp4", "results/scene.mrb", "results/preview.mp4", "results/report.json"):
        assert (folder / "demo" / name).stat().st_size > 0
        assert name.partition("/")[2] in outcomes["demo"].stdout or name.startswith("clip")


def test_models_say_what_taught_each_class(outcomes: dict[str, Outcome]) -> None:
    text = outcomes["models"].stdout
    assert "(default)" in text and "licence" in text and "phantoms only" in text
    entries = json.loads(outcomes["models as JSON"].stdout)
    assert sum(entry["default"] for entry in entries) == 1
    assert all(entry["state"] in ("ok", "not part of this release") for entry in entries)
    assert outcomes["unknown model"].exit_code == 2


def test_research_weights_ask_for_consent(outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["research"].exit_code == 2
    assert "--accept-research-use" in outcomes["research"].error_lines[0]
    assert not (folder / "x").exists()
