"""scale.json: a scale with its error bar, its source, and the frames it holds for."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.results import atomic_write
from EndoDepthLib.scaling.estimate import SOURCES, ScaleEstimate, UnitScale

SCALE_FILE = "scale.json"
SCHEMA, SCHEMA_VERSION = "endodepth-scale", 1
KINDS = ("results", "tracked", "fused")
_LARGEST_BYTES = 64 << 20


def scale_to_json(estimate: ScaleEstimate) -> dict[str, Any]:
    """The estimate as JSON values: mm_per_unit and interval_90 at the top are null where there are several units."""
    only = estimate.only
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "mm_per_unit": only.mm_per_unit if only else None,
        "interval_90": list(only.interval_90) if only else None,
        "source": estimate.source,
        "how": estimate.how,
        "kind": estimate.kind,
        "warnings": list(estimate.warnings),
        "units": [
            {
                "mm_per_unit": unit.mm_per_unit,
                "interval_90": list(unit.interval_90),
                "positions": list(unit.positions),
                "measurements_used": unit.used,
                "measurements_left_out": unit.left_out,
            }
            for unit in estimate.units
        ],
    }


def save_scale(folder: Path, estimate: ScaleEstimate) -> None:
    """Write scale.json into a folder in one step. Raises OutputError when that is not possible."""
    text = json.dumps(scale_to_json(estimate), indent=2, ensure_ascii=False, allow_nan=False)
    atomic_write(Path(folder) / SCALE_FILE, text + "\n")


def load_scale(path: Path) -> ScaleEstimate:
    """What save_scale wrote: the file, or the folder it is in. Raises InputError in one line when it is none."""
    path = Path(path) / SCALE_FILE if Path(path).is_dir() else Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(
                f"'{path}' is larger than {_LARGEST_BYTES >> 20} MiB; expected a file of 'endodepth scale'"
            )
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{path}' is damaged ({error}); run 'endodepth scale' again") from error
    if not isinstance(values, dict) or values.get("schema") != SCHEMA or values.get("version") != SCHEMA_VERSION:
        raise InputError(f"'{path}' is no scale file of version {SCHEMA_VERSION}; expected one of 'endodepth scale'")
    try:
        if values["source"] not in SOURCES or values["kind"] not in KINDS:
            raise InputError(f"source {values['source']!r:.40} or kind {values['kind']!r:.40} is unknown")
        return ScaleEstimate(
            values["source"],
            str(values["how"]),
            values["kind"],
            tuple(_unit(unit) for unit in values["units"]),
            tuple(str(text) for text in values["warnings"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, EndoDepthError) as error:
        raise InputError(
            f"'{path}' lacks or misstates a value ({type(error).__name__}: {error}); run 'endodepth scale' again"
        ) from error


def _unit(values: dict[str, Any]) -> UnitScale:
    low, high = (float(bound) for bound in values["interval_90"])
    positions = tuple(int(position) for position in values["positions"])
    scale = float(values["mm_per_unit"])
    if not all(map(math.isfinite, (low, high, scale))):
        raise ValueError("a scale is not finite")
    return UnitScale(
        scale, (low, high), positions, int(values["measurements_used"]), int(values["measurements_left_out"])
    )
