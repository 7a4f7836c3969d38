"""What a run says that it gained: figures of before and after on what was not learned from, read from its folder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from EndoDepthTrainingWidgets.watching.growing_table import STEP, VALIDATION_FILE, GrowingTable

COMPARISON_FOLDER = "comparison"
COMPARISON_FILE, PICTURE_FILE = "comparison.json", "comparison.png"
ADAPTATION_FILE, ADAPTATION_PICTURE = "weights.json", "weights.png"


@dataclass(frozen=True)
class Gained:
    """One figure; None where it was not measured. is_error: less is better."""

    name: str
    before: float | None
    after: float | None
    is_error: bool = False

    @property
    def gain(self) -> float | None:
        """By how much it got better, None when that is not known."""
        if self.before is None or self.after is None:
            return None
        return self.before - self.after if self.is_error else self.after - self.before


def gained_of(run: Path) -> list[Gained]:
    """The figures of a run: of a comparison on annotated frames, an adaptation, or a training's own validation."""
    compared = _read(run / COMPARISON_FOLDER / COMPARISON_FILE).get("figures")
    adapted = _read(run / ADAPTATION_FILE).get("figures")
    try:
        if compared:
            return [
                Gained(name, row["before"], row["after"], name.startswith("Depth")) for name, row in compared.items()
            ]
        if adapted:
            return _of_adaptation(adapted)
    except (KeyError, TypeError):  # of another program
        return []
    return _of_validation(run)


def picture_of(run: Path) -> Path | None:
    """The picture of before and after, None without one."""
    found = (run / COMPARISON_FOLDER / PICTURE_FILE, run / ADAPTATION_PICTURE)
    return next((file for file in found if file.is_file()), None)


def _of_adaptation(values: Mapping[str, Any]) -> list[Gained]:
    rows = [Gained("Photometric error", values["photometric_before"], values["photometric_after"], True)]
    before, after = values["points_before"], values["points_after"]
    if before is not None and after is not None:
        rows.append(Gained("Depth error at held-out points (log)", before["frame_scale"], after["frame_scale"], True))
    return [*rows, Gained("Labels that stay", 1.0, values["masks_agree"])]


def _of_validation(run: Path) -> list[Gained]:
    """The first and the last validation of the training itself."""
    files = [*run.glob(VALIDATION_FILE), *run.glob(f"*/{VALIDATION_FILE}")]
    if not files:
        return []
    table = GrowingTable(files[-1])
    table.refresh()
    rows = []
    for name, values in table.columns.items():
        if name != STEP and len(values):
            first, last = (float(value) if math.isfinite(value) else None for value in (values[0], values[-1]))
            is_error = not name.startswith(("dice", "mean_iou", "d1", "a1"))
            rows.append(Gained(f"{name} (first, last)", first, last, is_error))
    return rows


def _read(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or being written
        return {}
    return values if isinstance(values, dict) else {}
