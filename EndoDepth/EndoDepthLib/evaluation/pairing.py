"""Which predicted file belongs to which reference."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.source_frames import SourceFrames


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


def pair(
    names: Sequence[str],
    files: Sequence[Path],
    names_from: SourceFrames | None = None,
    files_from: SourceFrames | None = None,
) -> tuple[list[tuple[str, Path]], str]:
    """Each reference name with its file, and how they were paired: by frame, "by name" or "in order".

    By frame, when a run says which frames of the source its files are (names_from, files_from; names and files in
    natural order): every reference needs a file, or every file a reference; what is beyond is left out.
    By name: a file of the same name for every reference; other files are left out. In order, for equal counts: both in
    natural order. Raises InputError when none is possible.
    """
    if names_from is not None or files_from is not None:
        return _pair_by_frame(names, files, names_from, files_from)
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


def _pair_by_frame(
    names: Sequence[str], files: Sequence[Path], names_from: SourceFrames | None, files_from: SourceFrames | None
) -> tuple[list[tuple[str, Path]], str]:
    stems = [file.stem for file in files]
    either = names_from or files_from
    assert either is not None
    name_frames = names_from.of_own(names) if names_from is not None else either.of_others(names)
    file_frames = files_from.of_own(stems) if files_from is not None else either.of_others(stems)
    file_from_frame = dict(zip(file_frames, files, strict=True))
    named = zip(names, name_frames, strict=True)
    pairs = [(name, file_from_frame[frame]) for name, frame in named if frame in file_from_frame]
    if not pairs or len(pairs) < min(len(names), len(files)):
        missing = next(frame for frame in file_frames if frame not in name_frames)
        raise InputError(
            f"no reference is of frame {missing} of the source ('{file_from_frame[missing].name}'); "
            f"'{names[0]}' is taken for frame {name_frames[0]}: name references by their frame, or give all of them"
        )
    return pairs, f"by frame of the source ('{pairs[0][0]}' with '{pairs[0][1].name}')"
