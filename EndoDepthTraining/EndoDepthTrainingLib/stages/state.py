"""The state of a running stage on disk: enough to continue after a kill exactly as if nothing had happened."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.results.atomic import atomic_path
from EndoDepthTrainingLib.stages.config import differing_settings

STATE_FILE = "state.pt"
PREVIOUS_FILE = "state-previous.pt"
FORMAT = 2


def save_state(folder: Path, settings: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write settings (JSON values) and state (tensors, numbers, lists and dicts of them) aside, then rename.

    The state before it is kept as PREVIOUS_FILE. A disk that takes no more leaves both as they were: OutputError.
    Random numbers need no state: they follow from the seed and the step.
    """
    # Through memory: torch's own writer to files says nothing of why the disk refused, and not always before it ends.
    content = io.BytesIO()
    torch.save({"format": FORMAT, "settings": json.dumps(settings), **state}, content)
    file = folder / STATE_FILE
    with atomic_path(file) as aside:
        with aside.open("wb") as stream:
            stream.write(content.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())  # or a power cut could leave the new name on an empty file
        with suppress(FileNotFoundError):
            file.replace(folder / PREVIOUS_FILE)


def load_state(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """What save_state wrote, tensors on the CPU; None when there is nothing. Never unpickles objects.

    When the last state is missing or damaged, the one before it. Raises InputError when none can be read or it is of an
    older version, SettingsError naming every setting that differs.
    """
    files = [file for file in (folder / STATE_FILE, folder / PREVIOUS_FILE) if file.exists()]
    for file in files:
        state = _read(file)
        if state is None:
            continue
        if state.get("format") != FORMAT:
            raise InputError(f"{file} was written by another version; give another output folder or remove the file")
        differences = differing_settings(json.loads(state["settings"]), json.loads(json.dumps(settings)))
        if differences:
            raise SettingsError(
                f"{file} belongs to a training with {differences}; give another output folder or remove it"
            )
        return state
    if files:
        raise InputError(f"{files[0]} is damaged and so is every state before it; remove it to begin anew")
    return None


def _read(file: Path) -> dict[str, Any] | None:
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception:  # torch.load names no errors of its own: what is cut or altered raises almost anything
        return None
    return state if isinstance(state, dict) else None
