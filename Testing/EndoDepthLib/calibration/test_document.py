"""What the page about calibration quotes is said by the program, and the options it names are there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from EndoDepthCLI.calibrate import BoardOptions, CalibrateOptions

ROOT = Path(__file__).parents[3]
ELSEWHERE = {"--camera"}  # of `endodepth reconstruct`


def _sections() -> str:
    """The page's own sections on calibration; those on scale have their own tests."""
    text = (ROOT / "Resources" / "docs" / "calibration-and-scale.md").read_text(encoding="utf-8")
    parts = re.split(r"^(?=#+ )", text, flags=re.MULTILINE)
    chosen = [part for part in parts if re.match(r"## .*[Cc]alibrati", part)]
    assert len(chosen) >= 4
    return re.sub(r"\n\s*", " ", "".join(chosen))


def test_quoted_refusals_are_said_by_the_program() -> None:
    sources = [
        re.sub(r'"\s*\n\s*f?"', "", path.read_text(encoding="utf-8"))  # the parts of a message are one
        for path in (ROOT / "EndoDepth" / "EndoDepthLib" / "calibration").glob("*.py")
    ]
    quotes = re.findall("“([^”]+)”", _sections())
    assert len(quotes) >= 8
    assert [quote for quote in quotes if not any(quote in source for source in sources)] == []


def test_named_options_are_there() -> None:
    known = {"--" + each.name.replace("_", "-") for each in (*fields(CalibrateOptions), *fields(BoardOptions))}
    named = set(re.findall(r"--[a-z][a-z-]+", _sections()))
    assert named - known - ELSEWHERE == set()
    assert {"--print-board", "--from-motion", "--squares", "--output"} <= named
