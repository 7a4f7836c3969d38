"""The job of `endodepth labels pick`."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.reading import open_input
from EndoDepthCLI.option_groups import ReadingOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.errors import InputError, OutputError, SettingsError
from EndoDepthLib.results.atomic import atomic_write, make_folder

MOST_LOOKED_AT = 400
"""Frames that are looked at, spread evenly: enough to find what differs, and a long video takes no longer."""


def pick_frames(reading: ReadingOptions, folder: Path, count: int) -> list[str]:
    """Write `count` frames of an input into a folder, as SOURCE-INDEX.png; their names without the suffix.

    Frames that were picked before are looked at again and kept, never overwritten by others of the same name. Raises
    InputError when nothing can be decoded, OutputError when the disk takes no more.
    """
    try:
        from EndoDepthTrainingLib.labels.picking import frame_appearance, pick_spread
    except ModuleNotFoundError as error:
        raise SettingsError(f"picking frames needs the package '{error.name}', which is not installed") from error
    current_teller().prepare()
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"'{folder}' is a file; expected a folder for the pictures")
    with open_input(reading) as video:
        every = reading.every * max(1, -(-video.frame_count // max(MOST_LOOKED_AT, count)))
    appearances, sharpness, indices = [], [], []
    messages = Messages()
    with open_input(reading, every) as video:
        with Progress("looking", video.frame_count) as progress:
            for frame in video:
                appearance, value = frame_appearance(frame.image)
                appearances.append(appearance)
                sharpness.append(value)
                indices.append(frame.index)
                progress.step()
        messages.warn_all(video.warnings)
        if not indices:
            raise InputError(f"no frame of '{video.source}' can be decoded in this range; choose another one")
        if len(indices) < count:
            current_teller().warn(f"'{video.source}' has {len(indices)} frames in this range; all of them are taken")
        picked = [indices[place] for place in pick_spread(np.stack(appearances), sharpness, count)]
        stem = _plain(reading.input.resolve().stem)
        with Progress("writing", len(picked)) as progress:
            for index in picked:
                _write(folder / f"{stem}-{index:06d}.png", video.read(index).image)
                progress.step()
    return [f"{stem}-{index:06d}" for index in picked]


def _plain(name: str) -> str:
    """A name without what some file system refuses."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", name).strip(" .") or "frame"


def _write(file: Path, image: np.ndarray) -> None:
    make_folder(file.parent)
    atomic_write(file, cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes())
