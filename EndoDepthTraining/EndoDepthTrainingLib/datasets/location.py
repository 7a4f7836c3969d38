"""Where the data sets lie: outside the repository."""

from __future__ import annotations

import os
from pathlib import Path

from EndoDepthLib.errors import InputError

VARIABLE = "ENDODEPTH_DATA"


def data_folder(name: str) -> Path:
    """The folder of a data set: ENDODEPTH_DATA/name, by default ../shared/data/name beside the repository.

    Raises InputError when it is not there.
    """
    default = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get(VARIABLE) or default) / name
    if not folder.is_dir():
        raise InputError(f"data set folder {folder} is missing; set {VARIABLE} to the folder that holds '{name}'")
    return folder
