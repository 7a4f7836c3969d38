"""What an adaptation was asked to do, kept in its folder, so that it goes on with that and nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.geometry import SourcedCamera
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.stages.config import differing_settings

PLAN_FILE = "plan.json"
_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class Budget:
    """How long to learn: so many steps (the same weights every time), or as many as fit into so many minutes in all."""

    steps: int | None = None
    minutes: float = 18.0

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise SettingsError(f"steps is {self.steps}; expected 1 or more")
        if not 0.0 < self.minutes < 100_000.0:
            raise SettingsError(f"minutes is {self.minutes}; expected more than 0")


def check_plan(
    work: Path, source: Path, weights_sha256: str, camera: SourcedCamera, config: AdaptationConfig, budget: Budget
) -> dict[str, Any]:
    """The plan in `work`, written there if it is new; "steps" may be in it already.

    Raises SettingsError naming what differs when the folder belongs to another adaptation.
    """
    asked = {
        "video": {"name": source.name, "fingerprint": _fingerprint(source)},
        "weights": weights_sha256,
        "camera": camera.description,
        "config": asdict(config),
        "budget": asdict(budget),
    }
    file = work / PLAN_FILE
    if not file.exists():
        write_plan(work, asked)
        return asked
    before = json.loads(file.read_text(encoding="utf-8"))
    differences = differing_settings({key: before.get(key) for key in asked}, json.loads(json.dumps(asked)))
    if differences:
        raise SettingsError(f"{work} belongs to an adaptation with {differences}; give another --work, or remove it")
    return dict(before)


def write_plan(work: Path, plan: dict[str, Any]) -> None:
    """Write the plan in one step."""
    atomic_write(work / PLAN_FILE, json.dumps(plan, indent=1))


def _fingerprint(source: Path) -> str:
    """Of a video: its size, beginning and end; of a folder: names and sizes. Enough to tell one from another."""
    digest = hashlib.sha256()
    if source.is_dir():
        for path in sorted(source.iterdir()):
            digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    else:
        size = source.stat().st_size
        with source.open("rb") as stream:
            digest.update(str(size).encode() + stream.read(_HEAD_BYTES))
            stream.seek(max(0, size - _HEAD_BYTES))
            digest.update(stream.read())
    return digest.hexdigest()
