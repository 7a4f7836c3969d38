"""The table of cases, checked whole before anything runs."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from EndoDepthCLI.batch import KINDS, BatchOptions
from EndoDepthCLI.job.batch.names import is_dicom, name_key, numbered_name, safe_name
from EndoDepthCLI.options import degrees_of_view, whole_number
from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.geometry import load_camera
from EndoDepthLib.video.hidden import Rectangle
from EndoDepthLib.video.position import parse_position

COLUMNS = (
    "input",
    "name",
    "kind",
    "prompts",
    "camera",
    "fov",
    "undistort",
    "every",
    "start",
    "stop",
    "hide",
    "max_frames",
)
LARGEST_BYTES = 64 * 2**20
MOST_CASES = 1_000_000
_LONGEST_VALUE = 4096
_YES, _NO = ("yes", "true", "1"), ("", "no", "false", "0")


@dataclass(frozen=True)
class Case:
    """One row: what is made of which input. name: of its folder; row: its line in the file, the header being 1.

    input and camera are paths as this machine reaches them.
    """

    row: int
    name: str
    input: str
    kind: str
    prompts: tuple[str, ...]
    camera: str | None
    fov: float | None
    undistort: bool
    every: int
    start: str | None
    stop: str | None
    hide: tuple[str, ...]
    max_frames: int
    results_only: bool

    @property
    def digest(self) -> str:
        """12 hex digits that differ for other results; the place of the input does not count, only its name."""
        values = asdict(self) | {"row": 0, "input": Path(self.input).name, "camera": Path(self.camera or "").name}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode("utf-8")).hexdigest()[:12]


def read_manifest(options: BatchOptions) -> list[Case]:
    """All cases of the table. Raises InputError that names the row: a column, value or file that cannot be used."""
    path = options.manifest
    rows = list(_rows(path))
    cameras: set[str] = set()
    row_from_key: dict[str, int] = {}
    cases = []
    for row, values in rows:
        try:
            case = _case(values, row, options, path.absolute().parent)
            if case.camera is not None and case.camera not in cameras:
                load_camera(case.camera)
                cameras.add(case.camera)
        except (EndoDepthError, argparse.ArgumentTypeError) as error:
            raise InputError(f"{path}, row {row}: {error}") from None
        other = row_from_key.setdefault(name_key(case.name), row)
        if other != row:
            raise InputError(
                f"{path}, row {row}: the name '{case.name}' is that of row {other} too; give each a name of its own "
                "in the column 'name'"
            )
        cases.append(case)
    return cases


def check_inputs(path: Path, cases: list[Case]) -> None:
    """Raise InputError for the first case whose input is not there."""
    for case in cases:
        if not _there(Path(case.input)):
            raise InputError(f"{path}, row {case.row}: the input '{case.input}' does not exist; mend or remove the row")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by column) of every row that is not blank."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise InputError(f"the manifest {path} has {path.stat().st_size} bytes; expected at most {LARGEST_BYTES}")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"the manifest {path} is not text in UTF-8 ({error.reason}); save it as CSV UTF-8") from None
    except OSError as error:
        raise InputError(f"the manifest {path} cannot be read ({error.strerror}); expected a CSV file") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    count = 0
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                header = _header(path, fields)
                continue
            count += 1
            if count > MOST_CASES:
                raise InputError(f"the manifest {path} has more than {MOST_CASES} rows; split it")
            yield reader.line_num, _values(path, reader.line_num, header, fields)
    except csv.Error as error:
        raise InputError(f"{path}, row {reader.line_num}: not CSV ({error}); save it as CSV with commas") from None
    if not count:
        raise InputError(f"the manifest {path} holds no case; expected a header with 'input' and a row for each video")


def _header(path: Path, fields: list[str]) -> list[str]:
    names = [field.strip().lower() for field in fields]
    unknown = [name for name in names if name not in COLUMNS]
    twice = {name for name in names if names.count(name) > 1}
    if unknown or twice or "input" not in names:
        what = f"unknown column '{unknown[0][:40]}'" if unknown else "no column 'input'"
        what = f"column '{min(twice)}' twice" if twice and not unknown else what
        raise InputError(f"{path}, row 1: {what}; expected 'input' and any of {', '.join(COLUMNS[1:])}")
    return names


def _values(path: Path, row: int, header: list[str], fields: list[str]) -> dict[str, str]:
    if len(fields) > len(header):
        raise InputError(
            f"{path}, row {row}: {len(fields)} values under {len(header)} columns; put a value with a comma in quotes"
        )
    values = dict(zip(header, (field.strip() for field in fields), strict=False))
    for name, value in values.items():
        if len(value) > _LONGEST_VALUE or "\0" in value:
            raise InputError(f"{path}, row {row}: {name} is too long or holds a NUL; expected one value")
    return values


def _case(values: dict[str, str], row: int, options: BatchOptions, folder: Path) -> Case:
    def read(name: str, parse: Callable[[str], Any], otherwise: Any) -> Any:
        text = values.get(name, "")
        try:
            return parse(text) if text else otherwise
        except (EndoDepthError, argparse.ArgumentTypeError) as error:
            raise InputError(f"{name}: {error}") from None

    if not values.get("input"):
        raise InputError("input is empty; expected a video, a folder of images or an image")
    source = folder / values["input"]
    kind = values.get("kind") or options.kind
    if kind not in KINDS:
        raise InputError(f"kind is '{kind[:40]}'; expected {' or '.join(KINDS)}")
    undistort = values.get("undistort", "").lower()
    if undistort not in (*_YES, *_NO):
        raise InputError(f"undistort is '{undistort[:40]}'; expected yes or no")
    camera = folder / values["camera"] if values.get("camera") else options.lens.camera
    return Case(
        row=row,
        name=_name(values, source, row),
        input=str(source.absolute()),
        kind=kind,
        prompts=_listed(values.get("prompts", "")) or options.prompting.prompts,
        camera=None if camera is None else str(camera.absolute()),
        fov=read("fov", degrees_of_view, options.lens.fov),
        undistort=undistort in _YES or (not undistort and options.lens.undistort),
        every=read("every", whole_number(1, "a number of frames"), 1),
        start=read("start", _position, None),
        stop=read("stop", _position, None),
        hide=tuple(str(Rectangle.parse(text)) for text in _listed(values.get("hide", ""))),
        max_frames=read("max_frames", whole_number(1, "a number of frames"), options.max_frames),
        results_only=options.results_only,
    )


def _name(values: dict[str, str], source: Path, row: int) -> str:
    if values.get("name"):
        return safe_name(values["name"], row)
    return (
        numbered_name(row) if _there(source) and source.is_file() and is_dicom(source) else safe_name(source.stem, row)
    )


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long for this system, or that it does not take
        return False


def _position(text: str) -> str:
    parse_position(text)
    return text


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part for piece in text.split(";") if (part := " ".join(piece.split())))
