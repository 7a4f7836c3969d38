"""Members of .tar.gz archives as readings. Such an archive can be read forwards only: in order it is read once."""

from __future__ import annotations

import json
import tarfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.public.decoding import FileState, decoded, depth_of_points, file_state

_DAMAGE = (OSError, EOFError, tarfile.TarError, zlib.error)
_MOST_OPEN = 2
_lock = threading.Lock()


@dataclass(frozen=True)
class ArchivedPointMap:
    """Reads z (H, W) float32 mm of the upper half of a float32 TIFF of points in an archive (SCARED: the left view).

    number: that of the member's name. Members asked for in their order are read in one pass; any other order begins
    again from the start, which takes minutes in archives of this kind: unpack those first.
    """

    archive: Path
    stem: str
    number: int

    def __call__(self) -> np.ndarray:
        """The depth."""
        with _lock:
            content = _member(self.archive, self.stem, self.number)
        where = Path(f"{self.archive}") / f"{self.stem}{self.number:06d}.tiff"
        points = decoded(where, np.frombuffer(content, np.uint8))
        return depth_of_points(where, points[: points.shape[0] // 2])


def json_members(archive: Path) -> dict[int, Any]:
    """The JSON files in an archive by the number in their names, in order. Raises InputError when it is damaged."""
    found = {}
    for name, content in _members(archive):
        if name.endswith(".json"):
            try:
                found[number_in(name)] = json.loads(content)
            except ValueError as error:
                raise InputError(f"'{name}' in '{archive}' is not JSON ({error}); get the archive again") from error
    return dict(sorted(found.items()))


def json_files(folder: Path) -> dict[int, Any]:
    """The JSON files in a folder by the number in their names, in order. Raises InputError when one is damaged."""
    found = {}
    for path in folder.glob("*.json"):
        try:
            found[number_in(path.name)] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"'{path}' cannot be read as JSON ({error}); get it again") from error
    return dict(sorted(found.items()))


def number_in(name: str) -> int:
    """The digits at the end of a file name without its suffix. Raises InputError when there are none."""
    stem = PurePosixPath(name).name.partition(".")[0]
    digits = stem[len(stem.rstrip("0123456789")) :]
    if not digits:
        raise InputError(f"'{name}' has no number; expected a name such as frame_data000012.json")
    return int(digits)


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in an archive, in its order."""
    damage = _DAMAGE  # one that is not read to its end closes when Python ends, and the module's names are gone then
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()
    except damage as error:
        raise InputError(f"archive '{archive}' is damaged or cut ({error}); get it again") from error


class _Cursor:
    """A place in an archive, and the members between which it lies."""

    def __init__(self, archive: Path, stem: str) -> None:
        self._archive, self._stem = archive, stem
        self._members = _members(archive)
        self._last: tuple[int, bytes] = (-1, b"")

    def read(self, number: int) -> bytes:
        if self._last[0] == number:
            return self._last[1]
        if self._last[0] < number and self._found_ahead(number):
            return self._last[1]
        self._members, self._last = _members(self._archive), (-1, b"")
        if self._found_ahead(number):
            return self._last[1]
        self._members, self._last = _members(self._archive), (-1, b"")
        raise InputError(f"archive '{self._archive}' holds no {self._stem}{number:06d}; get it again")

    def _found_ahead(self, number: int) -> bool:
        for name, content in self._members:
            if PurePosixPath(name).name.startswith(self._stem):
                self._last = (number_in(name), content)
                if self._last[0] == number:
                    return True
        return False


_cursors: OrderedDict[tuple[Path, str, FileState], _Cursor] = OrderedDict()


def _member(archive: Path, stem: str, number: int) -> bytes:
    key = (archive, stem, file_state(archive))
    if key not in _cursors:
        while len(_cursors) >= _MOST_OPEN:
            _cursors.popitem(last=False)
        _cursors[key] = _Cursor(archive, stem)
    _cursors.move_to_end(key)
    return _cursors[key].read(number)
