"""What a reader finds in a folder: frames that are read when asked for, and what is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.pairing import natural_key
from EndoDepthTrainingLib.datasets.public.sample import Sample

VOID = 255
"""Label of pixels nobody labelled."""

_EXAMPLES = 3


@dataclass(frozen=True)
class ListedFrame:
    """A frame and the files it is read from (archives and videos stand for all frames in them)."""

    sample: Sample
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Listing:
    """The frames of a folder, in order.

    layout: how the folder was understood. classes: names of the labels 1, 2, ... missing: files that frames here should
    have and do not, a sentence each. absent: parts of the published set that are not here at all.
    """

    layout: str
    frames: tuple[ListedFrame, ...]
    classes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def wrong_layout(folder: Path, found: str, expected: Sequence[str], url: str) -> InputError:
    """The error for a folder that is something else: what is there, what was expected, where to get it."""
    return InputError(f"'{folder}' {found}; expected {' | '.join(expected)}; get it from {url}")


def checked_folder(folder: Path) -> Path:
    """The folder itself. Raises InputError when it is no folder."""
    if not folder.is_dir():
        state = "is a file" if folder.exists() else "is not there"
        raise InputError(f"'{folder}' {state}; expected the folder of the data set")
    return folder


def subfolders(folder: Path, pattern: str = "*") -> list[Path]:
    """Folders directly in a folder, in natural order, hidden ones left out."""
    found = (path for path in folder.glob(pattern) if path.is_dir() and not path.name.startswith("."))
    return sorted(found, key=lambda path: natural_key(path.name))


def files_with(folder: Path, suffixes: Iterable[str], pattern: str = "*") -> list[Path]:
    """Files directly in a folder with one of these suffixes, in natural order; none when there is no such folder."""
    wanted = {suffix.lower() for suffix in suffixes}
    visible = (path for path in folder.glob(pattern) if not path.name.startswith("."))
    found = (path for path in visible if path.suffix.lower() in wanted and path.is_file())
    return sorted(found, key=lambda path: natural_key(path.name))


def counterparts(
    frames: Mapping[str, Path], others: Mapping[str, Path], what: str, missing: list[str], where: Path
) -> dict[str, Path]:
    """The other files (of kind `what`, in the folder `where`) by the key of the frame they belong to.

    Adds a sentence to `missing` for frames without one and for files without a frame. Raises InputError when both are
    there and none belongs to any other.
    """
    paired = {key: others[key] for key in frames if key in others}
    if frames and others and not paired:
        raise InputError(
            f"none of the {len(others)} {what} files in '{where}' belongs to one of the {len(frames)} frames: the "
            f"first are '{next(iter(others.values())).name}' and '{next(iter(frames.values())).name}'; "
            "expected files of the same names"
        )
    without = [path.name for key, path in frames.items() if key not in others]
    if without:
        missing.append(f"{len(without)} of {len(frames)} frames have no {what} in '{where}': {examples(without)}")
    orphans = [path.name for key, path in others.items() if key not in frames]
    if orphans:
        missing.append(f"{len(orphans)} {what} files in '{where}' have no frame: {examples(orphans)}")
    return paired


def examples(names: Sequence[str]) -> str:
    """The first few names."""
    shown = ", ".join(names[:_EXAMPLES])
    return shown if len(names) <= _EXAMPLES else f"{shown}, ..."


def by_stem(files: Iterable[Path]) -> dict[str, Path]:
    """Files by their names without suffix."""
    return {path.stem: path for path in files}


def index_in(name: str, fallback: int) -> int:
    """The last number in a frame's name, which orders it in its sequence; else its place."""
    numbers = [int(part) for kind, part in natural_key(name) if kind == 0]
    return numbers[-1] if numbers else fallback
