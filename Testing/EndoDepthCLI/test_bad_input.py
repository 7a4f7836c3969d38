"""What cannot be used is refused in one clear line with exit code 2, and nothing is left behind."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from command_line.material import write_camera, write_picture, write_pictures, write_video
from command_line.process import Outcome, endodepth, endodepth_in_one_process

Arguments = Sequence[str | Path]

# What the line on stderr has to say, besides the value that was given.
EXPECTED = {
    "missing file": ["no-such.mp4", "does not exist"],
    "text renamed .mp4": ["notes.mp4", "not a video"],
    "zero bytes .mp4": ["nothing.mp4", "empty"],
    "video without frames": ["empty.mp4", "no pictures"],
    "empty folder": ["no-pictures"],
    "mixed image sizes": ["96x64", "80x64"],
    "1x1 image": ["1x1", "16"],
    "picture that is text": ["notes.png"],
    "start past the end": ["start", "600", "6 frames"],
    "start time past the end": ["start", "60s"],
    "start that is a word": ["soon"],
    "stop before start": ["start 4", "stop 2"],
    "every 0": ["--every", "0"],
    "every that is a word": ["--every", "often"],
    "camera of another size": ["640", "96"],
    "camera with NaN": ["fx"],
    "camera without K": ["fx"],
    "camera that is text": ["text.json"],
    "camera that is missing": ["no-camera.json"],
    "camera and fov": ["camera", "field of view"],
    "fov 0": ["--fov", "'0'", "more than 0 and less than 180"],
    "fov 180": ["--fov", "'180'", "more than 0 and less than 180"],
    "fov text": ["--fov", "'wide'"],
    "fov NaN": ["--fov", "'nan'"],
    "output that is a file": ["occupied.txt"],
    "output under a file": ["occupied.txt"],
    "non-empty output": ["not empty", "--resume"],
    "resume in a foreign folder": ["resume", "somebody.txt"],
    "weights that are missing": ["no-weights.safetensors"],
    "weights cut": ["cut.safetensors"],
    "weights altered by one byte": ["altered.safetensors"],
    "weights that are a pickle": ["pickle"],
    "weights that are text": ["text.safetensors"],
    "empty prompt": ["prompt", "empty"],
    "blank prompt": ["prompt", "empty"],
    "unknown prompt": ["bicycle"],
    "prompt never taught": ["spleen"],
    "prompt of 10,000 characters": ["prompt", "10000"],
    "more frames than allowed": ["6 frames", "--every 3", "--max-frames"],
    "no output": ["--output"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad")


@pytest.fixture(scope="module")
def outcomes(folder: Path, weights: Path, video: Path, pictures: Path) -> dict[str, Outcome]:
    def run(name: str, source: Path | str, *more: str | Path, model: Path = weights) -> None:
        calls[name] = ["reconstruct", source, "--output", output_of(folder, name), "--weights", model, *more]

    calls: dict[str, Arguments] = {}
    text = folder / "notes.mp4"
    text.write_text("This is not a video.\n" * 40, encoding="utf-8")
    (folder / "notes.png").write_text("This is not a picture.\n", encoding="utf-8")
    (folder / "nothing.mp4").touch()
    (folder / "no-pictures").mkdir()
    (folder / "occupied.txt").write_text("mine\n", encoding="utf-8")
    run("missing file", folder / "no-such.mp4")
    run("text renamed .mp4", text)
    run("zero bytes .mp4", folder / "nothing.mp4")
    run("video without frames", write_video(folder / "empty.mp4", 0))
    run("empty folder", folder / "no-pictures")
    write_picture(write_pictures(folder / "mixed", 2) / "2.png", np.zeros((64, 80, 3), np.uint8))
    run("mixed image sizes", folder / "mixed")
    run("1x1 image", write_picture(folder / "point.png", np.zeros((1, 1, 3), np.uint8)))
    run("picture that is text", folder / "notes.png")
    run("start past the end", video, "--start", "600")
    run("start time past the end", video, "--start", "60s")
    run("start that is a word", video, "--start", "soon")
    run("stop before start", video, "--start", "4", "--stop", "2")
    run("every 0", video, "--every", "0")
    run("every that is a word", video, "--every", "often")
    run("camera of another size", video, "--camera", write_camera(folder / "size.json", width=640, height=480))
    run("camera with NaN", video, "--camera", write_camera(folder / "nan.json", fx=float("nan")))
    run("camera without K", video, "--camera", write_camera(folder / "no-k.json", fx=None, fy=None, cx=None, cy=None))
    (folder / "text.json").write_text("fx = 80", encoding="utf-8")
    run("camera that is text", video, "--camera", folder / "text.json")
    run("camera that is missing", video, "--camera", folder / "no-camera.json")
    run("camera and fov", video, "--camera", write_camera(folder / "good.json"), "--fov", "80")
    for name, value in {"fov 0": "0", "fov 180": "180", "fov text": "wide", "fov NaN": "nan"}.items():
        run(name, video, "--fov", value)
    calls["output that is a file"] = ["depth", pictures, "--output", folder / "occupied.txt", "--weights", weights]
    calls["output under a file"] = ["depth", pictures, "--output", folder / "occupied.txt" / "x", "--weights", weights]
    for name, more in {"non-empty output": [], "resume in a foreign folder": ["--resume"]}.items():
        output_of(folder, name).mkdir()
        (output_of(folder, name) / "somebody.txt").write_text("else's\n", encoding="utf-8")
        run(name, video, *more)
    for name, model in bad_weights(folder, weights).items():
        run(name, video, model=model)
    run("empty prompt", video, "--prompt", "")
    run("blank prompt", video, "--prompt", "  ")
    run("unknown prompt", video, "--prompt", "liver", "--prompt", "bicycle")
    run("prompt never taught", video, "--prompt", "spleen")
    run("prompt of 10,000 characters", video, "--prompt", "liver " * 1666 + "live")
    run("more frames than allowed", video, "--max-frames", "2")
    calls["no output"] = ["depth", pictures]
    assert calls.keys() == EXPECTED.keys()
    return endodepth_in_one_process(calls)


def output_of(folder: Path, name: str) -> Path:
    return folder / ("output " + name.replace(",", "").replace(".", ""))


def bad_weights(folder: Path, weights: Path) -> dict[str, Path]:
    whole = weights.read_bytes()
    altered = bytearray(whole)
    altered[len(whole) // 2] ^= 1
    contents = {
        "weights cut": ("cut.safetensors", whole[: len(whole) // 2]),
        "weights altered by one byte": ("altered.safetensors", bytes(altered)),
        "weights that are a pickle": ("pickled.safetensors", pickle.dumps({"weight": 1})),
        "weights that are text": ("text.safetensors", b"not weights\n"),
    }
    paths = {name: folder / file for name, (file, _) in contents.items()}
    for name, (_, content) in contents.items():
        paths[name].write_bytes(content)
    return {"weights that are missing": folder / "no-weights.safetensors", **paths}


@pytest.mark.parametrize("name", EXPECTED)
def test_refused_in_one_clear_line(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.exit_code == 2, outcome.stderr
    assert len(outcome.error_lines) == 1, outcome.stderr
    (line,) = outcome.error_lines
    assert outcome.stderr.splitlines()[-1] == line
    assert "Traceback" not in outcome.stderr
    assert len(line) <= 1100
    for words in EXPECTED[name]:
        assert words in line, line


@pytest.mark.parametrize("name", EXPECTED)
def test_nothing_is_left_behind(outcomes: dict[str, Outcome], folder: Path, name: str) -> None:
    output = output_of(folder, name)
    left = sorted(path.name for path in output.iterdir()) if output.exists() else []
    assert left == (["somebody.txt"] if name in ("non-empty output", "resume in a foreign folder") else [])
    assert (folder / "occupied.txt").read_text(encoding="utf-8") == "mine\n"


def test_an_unknown_prompt_is_answered_with_known_ones(outcomes: dict[str, Outcome]) -> None:
    (line,) = outcomes["prompt never taught"].error_lines
    assert "liver" in line or "gallbladder" in line


def test_unwritable_output(tmp_path: Path, pictures: Path, weights: Path) -> None:
    parent = unwritable_folder(tmp_path)
    outcome = endodepth("depth", pictures, "--output", parent / "results", "--weights", weights)
    assert outcome.exit_code == 2
    assert len(outcome.error_lines) == 1
    assert str(parent) in outcome.error_lines[0]
    assert "Traceback" not in outcome.stderr


def unwritable_folder(tmp_path: Path) -> Path:
    """A folder that nobody may write to: root may write everywhere but in the kernel's own tree."""
    if getattr(os, "geteuid", lambda: -1)() != 0 and os.name != "nt":
        folder = tmp_path / "locked"
        folder.mkdir()
        folder.chmod(0o500)
        return folder
    if sys.platform != "linux":
        pytest.skip("no folder is unwritable to an administrator here")
    return Path("/proc")


@pytest.mark.parametrize(
    "arguments",
    [
        ("segment", "PICTURES", "--prompt", "unicorn"),
        ("depth", "PICTURES", "--start", "99"),
        ("depth", "PICTURES", "--start", "1s"),
    ],
    ids=" ".join,
)
def test_single_parts_refuse_alike(arguments: tuple[str, ...], tmp_path: Path, pictures: Path, weights: Path) -> None:
    output = tmp_path / "results"
    given = [pictures if argument == "PICTURES" else argument for argument in arguments]
    outcome = endodepth(*given, "--output", output, "--weights", weights)
    assert outcome.exit_code == 2
    assert len(outcome.error_lines) == 1
    assert not output.exists()


def test_a_defect_is_one_line_too_and_debug_shows_where(capsys: pytest.CaptureFixture[str]) -> None:
    from EndoDepthCLI.failure import EXIT_CODE_DEFECT, describe_failure

    code, line = describe_failure(ZeroDivisionError("division\nby zero"))
    assert code == EXIT_CODE_DEFECT
    assert "\n" not in line
    assert "--debug" in line
