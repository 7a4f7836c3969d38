"""Which frames of the source the numbered files of a run are: files are numbered by kept position, not by frame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.manifest import ResultsManifest

_ADVICE = "name each file by its frame in the source, or give one for every frame"


@dataclass(frozen=True)
class SourceFrames:
    """What a run says of its files: file n is frame indices[n] of the source.

    of_video: the source is a video; pictures of a folder count by position, whatever number is in their names.
    """

    folder: Path
    indices: tuple[int, ...]
    of_video: bool

    def of_own(self, stems: Sequence[str]) -> list[int]:
        """The frame of each of the run's own files. Raises InputError for a file that the run does not list."""
        positions = [int(stem) if stem.isdecimal() else len(self.indices) for stem in stems]
        for stem, position in zip(stems, positions, strict=True):
            if position >= len(self.indices):
                raise InputError(
                    f"'{self.folder}' does not list the frame of its file '{stem}'; "
                    "end an unfinished run with --resume, and keep other files elsewhere"
                )
        return [self.indices[position] for position in positions]

    def of_others(self, stems: Sequence[str]) -> list[int]:
        """The frame of each of the files (natural order) that did not come from a run.

        Numbers in the names that are 0, 1, 2, ... or 1, 2, 3, ... count every frame from the first; other numbers are
        frames of a video. Failing that, as many files as the run has frames belong to them in order, if the run kept
        every picture or names bear no number. Raises InputError where this would be a guess.
        """
        numbers = [int(found[-1]) if (found := re.findall(r"[0-9]+", stem)) else None for stem in stems]
        known = [number for number in numbers if number is not None]
        if len(set(known)) == len(stems):
            if known in (list(range(len(stems))), list(range(1, len(stems) + 1))):
                return list(range(len(stems)))
            if self.of_video:
                return known
        if len(stems) == len(self.indices) and (not known or self.indices == tuple(range(len(stems)))):
            return list(self.indices)
        raise InputError(
            f"the names '{stems[0]}' to '{stems[-1]}' do not say which frames of the source of '{self.folder}' "
            f"they are; {_ADVICE}"
        )


def source_frames(folder: Path) -> SourceFrames | None:
    """What the request.json or results.json of a run says of the numbered files in `folder`; None: there is none.

    Raises InputError when it is damaged.
    """
    candidates = [folder / "request.json", folder / "results.json"]
    if folder.name in ("depth", "labels"):
        candidates.append(folder.parent / "results.json")
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        return None
    manifest = ResultsManifest.from_text(path.read_text(encoding="utf-8"), path)
    indices = tuple(frame.index for frame in manifest.frames)
    return SourceFrames(path.parent, indices, manifest.request.input.frame_rate is not None)
