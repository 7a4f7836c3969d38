"""Lists of frames that the owners of protocols publish as text files."""

from __future__ import annotations

import re
from pathlib import Path

from EndoDepthLib.errors import InputError


def listed_names(path: Path, source: str) -> list[str]:
    """The names of samples in a frame list, in its order, each once.

    A line is a sample's name ("dataset1/keyframe3/241"), or monodepth2's "FOLDER NUMBER [SIDE]" whose numbers count
    from 1, as in AF-SfMLearner's splits. Lines that are empty or begin with # say nothing. Raises InputError.
    """
    if not path.is_file():
        raise InputError(f"the frame list '{path}' is missing; {source}")
    names: dict[str, None] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) == 1:
            names[words[0]] = None
        elif len(words) <= 3 and words[1].isdigit() and int(words[1]) >= 1:
            folder = re.sub(r"(dataset|keyframe)_", r"\1", words[0].strip("/"))
            names[f"{folder}/{int(words[1]) - 1}"] = None
        else:
            raise InputError(f"'{path}' line {number} is {line.strip()[:60]!r}; expected FOLDER NUMBER SIDE, or a name")
    if not names:
        raise InputError(f"the frame list '{path}' names no frame; {source}")
    return list(names)
