"""The text tower that is part of the package, loaded once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from EndoDepthLib.prompts.text_tower import TextTower

TOWER_FILE = "text_tower.safetensors"


def text_tower_path() -> Path:
    """Where the shipped tower's file lies."""
    return Path(str(resources.files("EndoDepthLib"))) / "Resources" / TOWER_FILE


@lru_cache(maxsize=2)
def load_text_tower(sha256: str | None = None) -> TextTower:
    """The shipped tower; sha256: the one a vocabulary names. Raises WeightsError: another tower, missing or damaged."""
    return TextTower.load(text_tower_path(), sha256)
