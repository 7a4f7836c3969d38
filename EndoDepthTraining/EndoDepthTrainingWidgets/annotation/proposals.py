"""Proposed labels under review: the least certain first, and what the reviewer says of each, kept on disk."""

from __future__ import annotations

import json
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingWidgets.annotation.training_folder import PROPOSALS, TrainingFolder

PROPOSALS_FILE, REVIEW_FILE = "proposals.json", "review.json"
OPEN, KEPT, CORRECTED, DROPPED = "open", "kept", "corrected", "dropped"
"""Files and verdicts are those of `endodepth labels propose` and `import`; read here without their packages."""


class Proposals:
    """The folder of proposals inside a training folder."""

    def __init__(self, folder: TrainingFolder) -> None:
        self.folder: Path = folder.folder / PROPOSALS

    def waiting(self) -> list[str]:
        """The frames that nobody has reviewed, the least certain first. Raises InputError for damaged files."""
        verdicts = self._read(REVIEW_FILE)
        listed = self._read(PROPOSALS_FILE).get("frames", [])
        try:
            names = [str(entry["name"]) for entry in listed]
        except (TypeError, KeyError) as error:
            raise InputError(f"'{self.folder / PROPOSALS_FILE}' is damaged ({error}); propose again") from error
        return [name for name in names if verdicts.get(name, OPEN) == OPEN]

    def confidence(self) -> dict[str, float]:
        """How certain the network was of each frame, 0 to 1."""
        listed = self._read(PROPOSALS_FILE).get("frames", [])
        return {str(entry["name"]): float(entry["confidence"]) for entry in listed}

    def say(self, name: str, verdict: str) -> None:
        """Write down what the reviewer says of a frame. Raises OutputError."""
        verdicts = self._read(REVIEW_FILE) | {name: verdict}
        atomic_write(self.folder / REVIEW_FILE, json.dumps(verdicts, indent=1, ensure_ascii=False))

    def _read(self, file: str) -> dict:
        path = self.folder / file
        if not path.is_file():
            return {}
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"'{path}' is damaged ({error}); propose into another folder") from error
        if not isinstance(values, dict):
            raise InputError(f"'{path}' holds a {type(values).__name__}; expected an object: propose again")
        return values
