"""times.csv beside the images of a folder: when each was taken."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from EndoDepthLib.errors import InputError

TIMES_FILE = "times.csv"
_COLUMNS = ["file", "time_s"]


def read_times(folder: Path, files: Sequence[Path]) -> list[float] | None:
    """Seconds of each of these images from the folder's times.csv (columns file, time_s); None when there is none.

    Raises InputError when the file cannot be read, lacks an image, or its times do not ascend from 0 on.
    """
    path = folder / TIMES_FILE
    if not path.is_file():
        return None
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
        times = {row["file"]: float(row["time_s"]) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); expected the columns file,time_s: mend or remove it"
        ) from error
    missing = [file.name for file in files if file.name not in times]
    if missing:
        raise InputError(f"{path} has no time for {missing[0]}; expected one for every image: mend or remove it")
    seconds = [times[file.name] for file in files]
    for before, after, file in zip([-math.inf, *seconds], seconds, files, strict=False):
        if not (math.isfinite(after) and after >= 0 and after > before):
            raise InputError(
                f"{path} says {after:g} s for {file.name}; expected times from 0 on, ascending in the order of names"
            )
    return seconds


def times_text(names: Sequence[str], times_s: Sequence[float]) -> str:
    """The text of a times.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(zip(names, (repr(float(time)) for time in times_s), strict=True))
    return text.getvalue()
