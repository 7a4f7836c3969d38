"""`endodepth evaluate dataset` as a user runs it: its report, a kill and what comes after, each mistake in one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line.interruption import end_when
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthCLI.job.clip import render_clip

FRAMES = 8


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set") / "colon"
    render_clip("colon", FRAMES, 3, 48, 32, folder, optics_strength=0.0, frame_step=15)
    return folder


@pytest.fixture(scope="module")
def broken(clip: Path) -> Path:
    """The clip with one picture cut short."""
    folder = Path(shutil.copytree(clip, clip.parent.parent / "broken" / "colon"))
    path = folder / "frames" / "000005.png"
    path.write_bytes(path.read_bytes()[:300])
    return folder


def killed(job: list[str | Path], folder: Path) -> int:
    """Run the job until two frames are done and kill it; gives how many rows it left."""
    rows = folder / "images.csv"
    end_when(job, lambda: rows.is_file() and rows.read_bytes().count(b"\n") >= 3)
    return rows.read_bytes().count(b"\n") - 1


@pytest.fixture(scope="module")
def outcomes(
    clip: Path, broken: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Outcome], Path, int]:
    """Every call of this module, the folder of their outputs, and how many rows the killed run left."""
    out = tmp_path_factory.mktemp("out")
    job: list[str | Path] = ["evaluate", "dataset", "phantoms", clip, "--weights", weights, "--device", "cpu"]
    on_broken = [*job[:3], broken, *job[4:]]
    rows = killed([*job, "--output", out / "killed"], out / "killed")
    calls: dict[str, list[str | Path]] = {
        "whole": [*job, "--poses", clip / "poses.json", "--output", out / "whole"],
        "not empty": [*job, "--output", out / "whole"],
        "resumed": [*job, "--output", out / "killed", "--resume"],
        "other settings": [*job, "--output", out / "killed", "--resume", "--every", "2"],
        "broken": [*on_broken, "--every", "5", "--output", out / "broken"],
        "skipped": [*on_broken, "--skip-broken", "--output", out / "skipped"],
        "unknown set": [*job[:2], "nosuchset", *job[3:], "--output", out / "a"],
        "unknown protocol": [*job, "--protocol", "nosuch", "--output", out / "b"],
        "unknown split": [*job, "--split", "nosuch", "--output", out / "c"],
        "no folder": [*job[:3], out / "nowhere", *job[4:], "--output", out / "d"],
        "unknown class": [*job, "--classes", "polyp,spleen", "--output", out / "f"],
        "zero frames": [*job, "--limit", "0", "--output", out / "i"],
    }
    return endodepth_in_one_process(calls), out, rows


def test_tables_and_report(outcomes: tuple[dict[str, Outcome], Path, int]) -> None:
    done, out, _ = outcomes
    assert done["whole"].exit_code == 0, done["whole"].stderr
    said = done["whole"].stdout
    for words in ("constant depth", "median-scaled per image", "least certain 20%", "IoU", "ATE", "sha256"):
        assert words in said, words
    names = {path.name for path in (out / "whole").iterdir()}
    assert names == {"report.html", "figures.json", "images.csv", "settings.json", "pooled.npz"}
    figures = json.loads((out / "whole" / "figures.json").read_text(encoding="utf-8"))
    assert figures["depth"]["images"] == FRAMES and figures["poses"]["mean"]["prediction"]["ate_of_path"] < 1e-6


def test_a_killed_run_goes_on(outcomes: tuple[dict[str, Outcome], Path, int]) -> None:
    done, out, rows = outcomes
    assert 2 <= rows < FRAMES, "the run was not killed in its middle"
    assert done["resumed"].exit_code == 0, done["resumed"].stderr
    assert (out / "killed" / "images.csv").read_bytes() == (out / "whole" / "images.csv").read_bytes()
    resumed, whole = (
        json.loads((out / name / "figures.json").read_text(encoding="utf-8")) for name in ("killed", "whole")
    )
    assert resumed["depth"] == whole["depth"] and resumed["masks"] == whole["masks"]
    assert not list((out / "killed").glob(".partial-*"))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("not empty", "is not empty"),
        ("other settings", "was begun with frames 8, now it is 4"),
        ("broken", "000005.png"),
        ("unknown set", "no data set 'nosuchset'; expected one of"),
        ("unknown protocol", "no protocol 'nosuch'; expected one of"),
        ("unknown split", "no split 'nosuch'; expected one of"),
        ("no folder", "is not there"),
        ("unknown class", "class 'spleen' is not both"),
        ("zero frames", "is not a number of frames"),
    ],
)
def test_a_mistake_is_one_line(outcomes: tuple[dict[str, Outcome], Path, int], call: str, words: str) -> None:
    done, out, _ = outcomes
    assert done[call].exit_code == 2 and len(done[call].error_lines) == 1, done[call].stderr
    assert words in done[call].error_lines[0] and "Traceback" not in done[call].stderr
    assert not [path for path in out.iterdir() if len(path.name) == 1], "a mistake left a folder behind"


def test_a_broken_frame_is_left_out_by_choice_only(outcomes: tuple[dict[str, Outcome], Path, int]) -> None:
    done, out, _ = outcomes
    assert "--skip-broken" in done["broken"].error_lines[0]
    assert not (out / "broken" / "report.html").exists()
    assert done["skipped"].exit_code == 0, done["skipped"].stderr
    assert "1 frame could not be read" in done["skipped"].stdout
    assert "000005.png" in (out / "skipped" / "report.html").read_text(encoding="utf-8")
