"""Which file a training starts from."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference.catalogue import load_catalogue


def start_file(name_or_path: str) -> Path:
    """The checkpoint of a catalogue identifier ("default") or of a path. Raises WeightsError when it is not there."""
    catalogue = load_catalogue()
    entry = catalogue.find(name_or_path)
    path = Path(name_or_path) if entry is None else catalogue.path(entry)
    if not path.is_file():
        known = ", ".join(["default", *(each.id for each in catalogue.entries)])
        raise WeightsError(f"there are no weights '{name_or_path}' to start from; expected a file or one of {known}")
    return path
