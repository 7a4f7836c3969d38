"""The module as Slicer runs it: its own process, its own arguments, tags on stdout, one line when it fails."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from architecture.source_tree import ROOT
from command_line.material import write_untrained_weights, write_video
from command_line.process import environment

from EndoDepthCLI.slicer_cli import run_module
from EndoDepthCLI.slicer_cli.arguments import console_arguments
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.results import ResultsFolder

SCRIPT = ROOT / "EndoDepth" / "EndoDepthReconstruct" / "EndoDepthReconstruct.py"
ALWAYS = ["--every", "2", "--fov", "0", "--device", "cpu", "--max_frames", "200", "--surface_step", "0"]
"""What Slicer passes also when the user has changed nothing: numbers and choices."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module")
    write_video(folder / "clip.mp4", 6)
    write_untrained_weights(folder / "untrained.safetensors")
    return folder


def _run(*arguments: str | Path, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment())


def _exit_code(arguments: list[str]) -> int:
    try:
        return run_module(arguments)
    except SystemExit as stop:  # how argparse ends
        return int(stop.code or 0)


def test_a_run_writes_results_and_tells_its_progress(folder: Path) -> None:
    done = _run(
        *(
            "--input",
            folder / "clip.mp4",
            "--output",
            folder / "results",
            "--weights",
            folder / "untrained.safetensors",
        ),
        *("--prompts", "'liver', 'gall bladder'", "--tint", *ALWAYS),
    )
    assert done.returncode == 0, done.stderr
    results = ResultsFolder.open(folder / "results")
    assert results.is_complete and len(results) == 3
    assert results.request.names == ("liver", "gall bladder")
    assert not (folder / "results" / "scene.mrb").exists()
    told = [float(text) for text in re.findall(r"<filter-progress>(.*?)</filter-progress>", done.stdout)]
    assert told == sorted(told) and told[0] == 0 and told[-1] == 1 and len(told) >= 4
    assert done.stdout.index("<filter-start>") < done.stdout.index("<filter-progress>")
    assert "<filter-end>" in done.stdout
    assert done.stderr.startswith("endodepth: warning:")  # the lens is guessed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--input", "none.mp4", "--output", "x", *ALWAYS], "none.mp4 does not exist"),
        (["--output", "x", *ALWAYS], "INPUT"),
        (["--input", "-.mp4", "--output", "x", *ALWAYS], "-.mp4 does not exist"),
        (["--input", "none.mp4", "--output", "x", "--every", "many"], "'many' is not a number of frames"),
        (["--input", "none.mp4", "--output", "x", "--fov", "-1"], "not a field of view"),
        (["--inputs", "none.mp4"], "unrecognized arguments"),
    ],
)
def test_a_failure_is_one_line_and_an_exit_code(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _exit_code(arguments) == 2
    line = capsys.readouterr().err
    assert len(line.splitlines()) == 1 and words in line
    assert not Path("x").exists()


def test_a_failure_ends_the_process_with_its_exit_code() -> None:
    done = _run("--input", "none.mp4", "--output", "x", *ALWAYS)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "<filter-end>" not in done.stdout


def test_what_slicer_passes_becomes_what_the_console_takes() -> None:
    told = console_arguments(
        [
            *("--input", "a b.mp4", "--output", "-out", "--start", "1.5s", "--prompts", "liver, gall bladder,,"),
            *("--undistort", *ALWAYS, "--returnparameterfile", "/tmp/x"),
        ]
    )
    assert told[0] == "reconstruct" and told[-1] == "a b.mp4"
    assert set(told[1:-1]) == {
        *("--results-only", "--output=-out", "--start=1.5s", "--prompt=liver", "--prompt=gall bladder", "--undistort"),
        *("--every=2", "--device=cpu", "--max-frames=200"),
    }
    assert "--resume" in console_arguments(["--resume"])
    assert [each for each in console_arguments(["--fov", "0.0", "--surface_step", "3"]) if "fov" in each] == []
    with pytest.raises(SettingsError, match="unrecognized"):
        console_arguments(["--nonsense", "1"])


def test_installed_beside_the_packages(tmp_path: Path) -> None:
    """Slicer installs scripted CLI modules in cli-modules, packages in qt-scripted-modules."""
    library = tmp_path / "lib" / "Slicer-5.12"
    (library / "cli-modules").mkdir(parents=True)
    script = Path(shutil.copy(SCRIPT, library / "cli-modules"))
    nowhere = _run("--xml", script=script)
    assert nowhere.returncode == 2 and "install the extension EndoDepth again" in nowhere.stderr
    for name in ("EndoDepthCLI", "EndoDepthLib"):
        (library / "qt-scripted-modules").mkdir(exist_ok=True)
        shutil.copytree(
            ROOT / "EndoDepth" / name, library / "qt-scripted-modules" / name, ignore=shutil.ignore_patterns("weights")
        )
    done = subprocess.run(
        [sys.executable, "-s", str(script), "--xml"],
        capture_output=True,
        text=True,
        timeout=60,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert done.returncode == 0 and done.stdout.startswith("<?xml"), done.stderr
