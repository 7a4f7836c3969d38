"""README says what is so: its links lead somewhere, its commands exist, its Python runs."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
from architecture.source_tree import ROOT

from EndoDepthCLI.main import build_parser

DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "Testing/README.md",
    *(path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "Resources" / "docs").glob("*.md"))),
)
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_to_files_lead_somewhere(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (path.parent / target).exists()]
    assert missing == []


def _commands() -> list[str]:
    lines = [line for block in _blocks("bash") for line in block.splitlines()]
    inline = [text for text in re.findall(r"`(endodepth [^`]+)`", README) if text.split()[1].isalpha()]
    commands = [line.removeprefix(".venv/bin/") for line in lines] + inline
    return sorted({line for line in commands if line.startswith("endodepth ")})


@pytest.mark.parametrize("command", _commands())
def test_commands_are_understood(command: str) -> None:
    arguments = shlex.split(command)[1:]
    if len(arguments) == 1 and arguments[0] != "demo":  # a mention of a subcommand by name, such as `endodepth depth`
        arguments.append("--help")
    try:
        build_parser().parse_args(arguments)
    except SystemExit as stop:
        assert stop.code == 0, command


def test_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = _blocks("python")
    video = cv2.VideoWriter(str(tmp_path / "case.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, (96, 64))
    rng = np.random.default_rng(0)
    picture = cv2.resize(rng.integers(40, 220, (8, 12, 3), np.uint8), (96, 64), interpolation=cv2.INTER_CUBIC)
    for shift in range(12):
        video.write(np.roll(picture, shift, axis=1))
    video.release()
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("example.py")
    assert sorted(path.name for path in tmp_path.glob("*.ply")) == ["000000.ply", "000010.ply"]
