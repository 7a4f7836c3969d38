"""Small text files of numbers: poses, intrinsics, positions."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.errors import InputError


def rows_of_numbers(path: Path) -> list[list[float]]:
    """The numbers of a text file, row by row, between blanks, commas or semicolons; empty rows left out.

    Raises InputError when the file cannot be read or holds something else.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read '{path}': {getattr(error, 'strerror', None) or error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        words = line.replace(",", " ").replace(";", " ").split()
        try:
            row = [float(word) for word in words]
        except ValueError:
            raise InputError(f"'{path}' line {number} is {line.strip()[:60]!r}; expected numbers only") from None
        if row:
            rows.append(row)
    return rows
