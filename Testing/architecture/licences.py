"""The licences of everything that EndoDepth needs, from the packages' own metadata.

Run it (`python Testing/architecture/licences.py`) in an environment with all extras after changing a dependency. It
writes Resources/docs/licences.md.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "Resources" / "docs" / "licences.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_KNOWN_BY_TEXT = (
    ("apache", "Apache-2.0"),
    ("mit license", "MIT"),
    ("redistribution and use in source and binary forms", "BSD"),
    ("python software foundation", "PSF-2.0"),
    ("permission is hereby granted, free of charge", "MIT"),
)
_LONGEST = 60
_HEAD = """# Licences of what EndoDepth needs

EndoDepth itself is under the Apache License 2.0. This table is made from the metadata of the installed packages by
`python Testing/architecture/licences.py`; it is a list, not legal advice. Nothing of these packages is copied into this
repository: they are installed by pip, or come with 3D Slicer. Weights have licences of their own (`endodepth models`).

- *LGPL*: PyAV's wheels carry FFmpeg libraries, Qt for Python (PySide6) is for tests only; both are linked dynamically.
- The wheels of PyAV carry libx264 (GPL); the program asks it to encode the preview videos. Who passes on PyAV's wheels
  together with the program passes on that too.
- `evo` (GPLv3) is needed by the extra `train` alone, to score trajectories; who passes on that extra together with it
  passes on a work under the GPL. Nothing that `pip install endodepth` brings is copyleft but for the codecs above.

| package | licence | for |
|---|---|---|
"""


def declared() -> dict[str, str]:
    """What pyproject.toml names, by normalised name, and what it is for: "all", or the name of the extra."""
    found = {_name(text): "all" for text in PROJECT["dependencies"]}
    for extra, texts in PROJECT["optional-dependencies"].items():
        for text in texts:
            found.setdefault(_name(text), extra)
    found.pop("endodepth", None)
    return found


def needed() -> dict[str, str]:
    """As `declared`, and whatever those need here."""
    found: dict[str, str] = {}
    waiting = list(declared().items())
    while waiting:
        name, purpose = waiting.pop(0)
        if name in found:
            continue
        found[name] = purpose
        try:
            texts = requires(name) or []
        except PackageNotFoundError:
            continue
        for text in texts:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append((_name(requirement.name), purpose))
    return found


def licence_of(name: str) -> str:
    """The licence that a package states; empty when it states none or is not installed."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return ""
    if about.get("License-Expression"):
        return about["License-Expression"]
    kinds = [each.rsplit(" :: ", 1)[-1] for each in about.get_all("Classifier") or [] if each.startswith("License ::")]
    kinds = [kind for kind in kinds if kind != "OSI Approved"]
    text = (about.get("License") or "").strip()
    if kinds:
        return ", ".join(kinds)
    for mark, licence in _KNOWN_BY_TEXT:
        if mark in text.lower():
            return licence
    return text.splitlines()[0][:_LONGEST] if text else ""


def page() -> str:
    """The text of licences.md."""
    rows = [
        f"| {name} | {licence_of(name) or 'not stated in its metadata'} | {purpose} |\n"
        for name, purpose in sorted(needed().items())
    ]
    return _HEAD + "".join(rows)


def _name(text: str) -> str:
    return re.split(r"[<>=!~\[; ]", text)[0].lower().replace("_", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
