"""Where among many programs this one stands, as torchrun or Slurm say: it only decides with which case it begins."""

from __future__ import annotations

import os
from collections.abc import Mapping

_PAIRS = (("RANK", "WORLD_SIZE"), ("SLURM_PROCID", "SLURM_NTASKS"))
_ARRAY = ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_COUNT")


def starting_share(environment: Mapping[str, str] = os.environ) -> float:
    """Of all cases, the part (0 <= share < 1) after which this program begins; 0 when nobody says.

    Programs that begin far from each other meet seldom. Every one does whatever is left in the end.
    """
    share, width = 0.0, 1.0
    array = [_number(environment, name) for name in _ARRAY]
    if array[0] is not None:
        least, count = array[1] or 0, array[2] or 1
        share, width = ((array[0] - least) % count) / count, 1.0 / count
    for rank_name, size_name in _PAIRS:
        rank, size = _number(environment, rank_name), _number(environment, size_name)
        if rank is not None and size:
            return share + width * (rank % size) / size
    return share


def local_place(environment: Mapping[str, str] = os.environ) -> int:
    """The number of this program among those on its machine."""
    for name in ("LOCAL_RANK", "SLURM_LOCALID"):
        number = _number(environment, name)
        if number is not None:
            return number
    return 0


def _number(environment: Mapping[str, str], name: str) -> int | None:
    text = environment.get(name, "").strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else None
