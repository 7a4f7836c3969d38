"""Poses from a sequence metafile (.mha or .mhd) as the PLUS toolkit writes for NDI and other trackers.

A text header of MetaIO's `Name = value` lines; each frame has fields such as `Seq_Frame0007_ProbeToTrackerTransform`
(16 numbers, row by row, mm), `..._ProbeToTrackerTransformStatus` (OK or INVALID) and `..._Timestamp`.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.tracking.pose_csv import ascending

_LARGEST_HEADER_BYTES = 64 << 20
_LONGEST_LINE = 4096
_FIELD = re.compile(r"Seq_Frame(\d{1,9})_(\w{1,80})\s*=\s*(.*)", re.ASCII)
_TRANSFORM, _STATUS = "Transform", "TransformStatus"


def read_sequence_metafile(path: Path, transform: str | None = None) -> tuple[np.ndarray, np.ndarray, bool]:
    """Frame numbers (N,), poses (N, 4, 4) of the frames with a valid one, and True: they go by frame.

    transform: which one, as "ProbeToTracker"; needed when the file has several (identities do not count). Raises
    InputError in one line for what is no such file.
    """
    fields = _fields(path)
    names = sorted({name for _, name in fields if name.endswith(_TRANSFORM)})
    if not names:
        raise InputError(f"'{path}' has no fields like Seq_Frame0000_ProbeToTrackerTransform; expected a PLUS sequence")
    if transform is not None:
        chosen = transform if transform.endswith(_TRANSFORM) else transform + _TRANSFORM
        if chosen not in names:
            raise InputError(f"'{path}' has no transform {transform!r}; it has {_listed(names)}")
    else:
        moving = [name for name in names if _moves(fields, name)]
        if len(moving) != 1:
            which = _listed(moving or names)
            raise InputError(f"'{path}' has {len(moving)} transforms that move ({which}); choose by --poses-transform")
        chosen = moving[0]
    frames, poses = [], []
    for number in sorted({frame for frame, name in fields if name == chosen}):
        if fields.get((number, chosen + "Status"), "OK").strip().upper() != "OK":
            continue
        matrix = _matrix(fields[number, chosen])
        if matrix is None:
            raise InputError(f"{chosen} of frame {number} in '{path}' is no rigid 4 x 4 transform")
        frames.append(number)
        poses.append(matrix)
    keys = np.array(frames, dtype=np.float64)
    return ascending(keys, np.array(poses).reshape(-1, 4, 4), path), np.array(poses), True


def _fields(path: Path) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    read = 0
    try:
        with path.open("rb") as stream:
            while line := stream.readline(_LONGEST_LINE):
                read += len(line)
                if read > _LARGEST_HEADER_BYTES:
                    raise InputError(f"the header of '{path}' is larger than {_LARGEST_HEADER_BYTES >> 20} MiB")
                if b"=" not in line:
                    raise InputError(f"'{path}' is no sequence metafile: {line[:20]!r} is no 'Name = value' line")
                text = line.decode("ascii", "replace").strip()
                if text.startswith("ElementDataFile"):
                    return found  # pictures follow
                match = _FIELD.fullmatch(text)
                if match:
                    found[int(match[1]), match[2]] = match[3]
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    raise InputError(f"'{path}' ends within its header; expected a line 'ElementDataFile = ...' (the file is cut off?)")


def _matrix(text: str) -> np.ndarray | None:
    from EndoDepthLib.tracking.given_poses import is_rigid

    try:
        numbers = np.array([float(each) for each in text.split()])
    except ValueError:
        return None
    return numbers.reshape(4, 4) if len(numbers) == 16 and is_rigid(numbers.reshape(4, 4)) else None


def _moves(fields: dict[tuple[int, str], str], name: str) -> bool:
    return len({text for (_, each), text in fields.items() if each == name}) > 1


def _listed(names: list[str]) -> str:
    return ", ".join(name.removesuffix(_TRANSFORM) for name in names[:8])
