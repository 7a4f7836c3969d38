"""The runtimes of this machine with their measured figures, as a table or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.weights import load_model
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthLib.runtimes import RUNTIMES, cache_folder, missing_for, probe_runtimes, runtime_versions
from EndoDepthLib.runtimes.names import MEANINGS


def list_runtimes(options: WeightOptions, as_json: bool) -> str:
    """What can be used, what it gains, and why the rest cannot be used. Raises an EndoDepthError for bad weights."""
    model = load_model(options, Messages())
    device = model.device.type
    probe = probe_runtimes(model.weights, device)
    found: dict[str, dict[str, Any]] = {}
    for name in RUNTIMES:
        figure = probe.figures.get(name)
        measured = {} if figure is None else {**asdict(figure), "agrees": figure.agrees}
        found[name] = {"means": MEANINGS[name], "missing": missing_for(name, device), **measured}
    if as_json:
        values = {
            "taken": model.runtime.name,
            "auto": probe.chosen,
            "device": device,
            "versions": runtime_versions(),
            "cache": str(cache_folder()),
            "runtimes": found,
        }
        return json.dumps(values, indent=2, ensure_ascii=False)
    width = max(map(len, RUNTIMES))
    lines = [f"{'':2}{'runtime':<{width}}  depth ms  depth + labels ms  depth differs  labels equal"]
    for name, values in found.items():
        mark = "*" if name == model.runtime.name else " "
        if "joint_ms" in values:
            lines.append(
                f"{mark} {name:<{width}}  {values['depth_ms']:8.1f}  {values['joint_ms']:17.1f}"
                f"  {values['depth_difference']:12.4%}  {values['labels_equal']:11.2%}"
            )
        else:
            reason = values["missing"] or f"not measured: {values['means']}"
            lines.append(f"{mark} {name:<{width}}  {reason}")
    lines.append(f"* is taken (fastest that agrees: {probe.chosen}); figures and graphs are kept in {cache_folder()}")
    return "\n".join(lines)
