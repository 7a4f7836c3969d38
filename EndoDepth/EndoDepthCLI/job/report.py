"""report.json: what was done, with what, and in its own section what it cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from EndoDepthCLI.job.measurement import StageClock, peak_memory_bytes
from EndoDepthCLI.job.recorded_runtime import runtime_of
from EndoDepthCLI.versions import package_versions, program_version
from EndoDepthLib.results import ResultsManifest, atomic_write

REPORT_SCHEMA = "endodepth-report"
REPORT_VERSION = 1


def write_report(
    path: Path,
    manifest: ResultsManifest,
    warnings: tuple[str, ...],
    clock: StageClock,
    run: dict[str, Any],
    findings: dict[str, Any] | None = None,
) -> None:
    """Write the report of a finished run.

    Everything outside "timing" is the same for equal requests, whether or not the run was interrupted. `run` (device,
    frames computed now) belongs to this one run and stands in "timing". Raises OutputError when it cannot be written.
    """
    request = manifest.request.to_json()
    content = {
        "schema": REPORT_SCHEMA,
        "version": REPORT_VERSION,
        "program": {"endodepth": program_version(), **package_versions()},
        "input": {**request["input"], "sha256": request["settings"].get("input_sha256")},
        "frames": len(manifest.frames),
        "camera": {"source": request["camera_source"], **request["camera"]},
        "scale": {
            "kind": request["scale"],
            "source": request["scale_source"],
            "nominal_median_depth": request["nominal_median_depth"],
            "in_words": scale_in_words(request["scale"], request["nominal_median_depth"]),
        },
        "weights": {"id": request["weights_id"], "sha256": request["weights_sha256"]},
        "runtime": runtime_of(request["settings"]),
        "segments": request["segments"],
        "settings": request["settings"],
        "findings": findings or {},
        "warnings": list(warnings),
        "timing": {
            "stages_s": clock.seconds(),
            "peak_memory_bytes": peak_memory_bytes(),
            **run,
        },
    }
    atomic_write(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def scale_in_words(kind: str, nominal_median_depth: float) -> str:
    """What the depth numbers mean, for people."""
    if kind == "metric_mm":
        return "millimetres"
    return f"up to scale: every frame has the median depth {nominal_median_depth:g}; these are not millimetres"
