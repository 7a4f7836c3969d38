"""Checks on the output folder and the disk, before anything is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthLib.errors import OutputError
from EndoDepthLib.results.atomic import PARTIAL_PREFIX

_FREE_BYTES_LEFT_ALONE = 1 << 20


def check_output(options: OutputOptions, can_resume: bool = True) -> None:
    """Raise OutputError unless results can go there: a new or empty folder, or any with --resume, and writable.

    can_resume: whether the command has --resume, for the advice given.
    """
    folder = options.output
    existing = _nearest_existing(folder)
    if not existing.is_dir():
        raise OutputError(f"output '{folder}' leads through '{existing}', which is a file; choose another folder")
    try:
        # Rights, read-only disks and access lists all show in a file without a name that vanishes again.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"output '{folder}' cannot be made: '{existing}' takes no files ({reason}); choose another"
        ) from error
    if folder.is_dir() and not options.resume and any(folder.iterdir()):
        advice = (
            "choose a new one, or continue that run by --resume" if can_resume else "choose a new one with --output"
        )
        raise OutputError(f"output folder '{folder}' is not empty; {advice}")


def check_disk(folder: Path, needed_bytes: int) -> None:
    """Raise OutputError when the disk of `folder` has less room than the run is estimated to need.

    What already stands in the folder, from a run that is being resumed, counts as done.
    """
    free = shutil.disk_usage(_nearest_existing(folder)).free
    there = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else 0
    needed = max(needed_bytes - there, 0) + _FREE_BYTES_LEFT_ALONE
    if free < needed:
        raise OutputError(
            f"the disk of '{folder}' has {size_text(free)} free but the run needs about {size_text(needed)}; "
            "free some space, choose another disk, or keep fewer frames with --every"
        )


@contextmanager
def discard_on_failure(folder: Path, first_frame: Path) -> Iterator[None]:
    """When the block fails before `first_frame` is there, take away what it made of `folder`.

    first_frame: the file that is written last of the first frame; from it on, what is done is worth keeping. A folder
    in which something stood before the block keeps all; one that was empty is emptied again, one that was not there
    vanishes with the folders that were made to hold it.
    """
    existing = _nearest_existing(folder)
    is_ours = existing != folder.absolute() or (folder.is_dir() and not any(folder.iterdir()))
    try:
        yield
    except BaseException:
        if is_ours and not first_frame.exists():
            _take_away(folder.absolute(), existing)
        raise


def remove_partial_folders(folder: Path) -> None:
    """Remove the folders in which a killed run was packing something."""
    for leftover in folder.glob(PARTIAL_PREFIX + "*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)


def size_text(count: int) -> str:
    """Bytes for people: 3.4 GB."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if value >= 100 or unit == "B" else f"{value:.1f} {unit}"


def _take_away(folder: Path, existing: Path) -> None:
    """Remove what stands in `folder`, and the folders from it up to `existing`, which stays."""
    with suppress(OSError):  # the failure that led here is what the user has to hear of
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink()
        while folder != existing:
            folder.rmdir()
            folder = folder.parent


def _nearest_existing(folder: Path) -> Path:
    path = folder.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
