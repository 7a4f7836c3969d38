"""Which predicted file belongs to which reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from EndoDepthLib.errors import InputError


def natural_key(name: str) -> list[tuple[int, int | str]]:
    """Sorting key under which frame2 comes before frame10."""
    return [(0, int(part)) if part.isdigit() else (1, part.casefold()) for part in re.split(r"(\d+)", name) if part]


def files_of(folder: Path, suffixes: Sequence[str], what: str, pattern: str = "*") -> list[Path]:
    """The files of a folder with one of the suffixes, in natural order. Raises InputError when there is none."""
    if not folder.is_dir():
        raise InputError(f"'{folder}' is not a folder; expected a folder of {what} files ({', '.join(suffixes)})")
    files = [path for path in folder.glob(pattern) if path.is_file() and path.suffix.lower() in suffixes]
    if not files:
        raise InputError(f"'{folder}' holds no {what} ({', '.join(suffixes)}); check the folder")
    return sorted(files, key=lambda path: natural_key(path.name))


def pair(names: Sequence[str], files: Sequence[Path]) -> tuple[list[tuple[str, Path]], str]:
    """Each reference name with its file, and how they were paired: "by name", else, for equal counts, "in order".

    By name: a file of the same name for every reference; other files are left out. In order: both in natural order, as
    `endodepth depth FOLDER` numbers the pictures of a folder. Raises InputError when neither is possible.
    """
    file_from_name = {file.stem.casefold(): file for file in files}
    if all(name.casefold() in file_from_name for name in names):
        return [(name, file_from_name[name.casefold()]) for name in names], "by name"
    if len(names) == len(files):
        return list(zip(sorted(names, key=natural_key), files, strict=True)), "in order"
    missing = next(name for name in names if name.casefold() not in file_from_name)
    raise InputError(
        f"{len(files)} files do not match {len(names)} references: none is named '{missing}'; "
        "name each file as its reference, or give as many files as references"
    )
