"""Small programs that tell their progress as the command line does, run as real child processes in its place."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Start = Callable[[Sequence[str]], Any]

_HEAD = """
import json, os, pathlib, shutil, subprocess, sys, time
def tell(event, **values):
    print(json.dumps({"event": event, **values}), flush=True)
def value_of(flag):
    return sys.argv[sys.argv.index(flag) + 1]
"""
DEVICES = """
tell("answer", value={"auto": "cpu", "devices": [{"id": "cpu", "name": "CPU, 2 threads"}]})
tell("finished")
"""
PROMPTS = """
asked = [sys.argv[place + 1] for place, flag in enumerate(sys.argv) if flag == "--prompt"]
known = {"bile sac": "gallbladder"}
entries = [{"text": text, "class": known.get(text), "nearest": ["bowel", "liver"], "message": None} for text in asked]
tell("answer", value={"prompts": entries})
tell("finished")
"""


def program(body: str) -> Start:
    """What starts this program; `tell(event, ...)` and `value_of(flag)` are there for it, and the job's arguments."""
    from EndoDepthWidgets.process import ChildProcess

    return lambda arguments: ChildProcess.start_command([sys.executable, "-c", _HEAD + body, *arguments])


def copying(results: Path, end: str = 'tell("finished")', pause_s: float = 0.0) -> str:
    """A program that copies finished results to --output and tells of every frame, then does what `end` says."""
    return f"""
shutil.copytree({str(results)!r}, value_of("--output"), dirs_exist_ok=True)
count = len(json.loads(pathlib.Path(value_of("--output"), "results.json").read_text(encoding="utf-8"))["frames"])
tell("progress", stage="prepare", done=0, total=None, remaining_s=None)
tell("warning", text="camera guessed: look twice")
for position in range(count):
    time.sleep({pause_s})
    tell("progress", stage="frames", done=position + 1, total=count, remaining_s=float(count - position - 1))
    tell("frame_ready", position=position)
{end}
"""


def commands(programs: Mapping[str, str], real: Start) -> Start:
    """Starts these programs for these subcommands, and the command line itself for all others."""

    def start(arguments: Sequence[str], *rest: Any) -> Any:
        body = programs.get(arguments[0])
        return real(arguments, *rest) if body is None else program(body)(arguments)

    return start
