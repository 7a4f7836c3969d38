"""Whether two runs gave the same results: arrays, pictures, meshes, scene content; times are left out."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import IO, Any

SCENE = "scene.mrb"
REPORT = "report.json"


def contents(folder: Path) -> dict[str, Any]:
    """What stands in a results folder by file name, in a form that is equal for equal results.

    The scene is there file by file, without the bundle's own dates; the report without its section "timing".
    """
    found: dict[str, Any] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == SCENE:
            found |= {f"{name}/{inner}": digest for inner, digest in scene_contents(path).items()}
        elif name == REPORT:
            found[name] = {k: v for k, v in json.loads(path.read_text(encoding="utf-8")).items() if k != "timing"}
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def scene_contents(bundle: Path | IO[bytes]) -> dict[str, str]:
    """SHA-256 of the files in a scene bundle by name, bundles inside it opened too; order and dates do not count."""
    found = {}
    with zipfile.ZipFile(bundle) as archive:
        for name in sorted(n for n in archive.namelist() if not n.endswith("/")):
            data = archive.read(name)
            if name.endswith(".mrb"):
                found |= {f"{name}/{inner}": digest for inner, digest in scene_contents(io.BytesIO(data)).items()}
            else:
                found[name] = hashlib.sha256(data).hexdigest()
    return found


def differences(one: Path, other: Path) -> list[str]:
    """The names of files in which two results folders differ."""
    first, second = contents(one), contents(other)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
