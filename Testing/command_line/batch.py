"""Runs several `endodepth` commands in this process: {name: arguments} on stdin, {name: [code, out, err]} on stdout."""

from __future__ import annotations

import contextlib
import io
import json
import sys

from EndoDepthCLI.main import main


def run(arguments: list[str]) -> tuple[int, str, str]:
    """One command: its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as stop:  # how argparse ends
            code = int(stop.code or 0)
    return code, out.getvalue(), err.getvalue()


if __name__ == "__main__":
    calls: dict[str, list[str]] = json.load(sys.stdin)
    json.dump({name: run(arguments) for name, arguments in calls.items()}, sys.stdout)
