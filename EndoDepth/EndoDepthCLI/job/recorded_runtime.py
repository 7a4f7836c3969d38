"""Which runtime made a folder of results: a run that is resumed goes on with the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from EndoDepthCLI.job.flat_folder import REQUEST_FILE
from EndoDepthCLI.option_groups import OutputOptions, WeightOptions
from EndoDepthLib.results import layout
from EndoDepthLib.runtimes.names import AUTO, TORCH

REFERENCE_RUNTIME = TORCH
"""The runtime of a request that names none."""


def runtime_of(settings: Mapping[str, Any]) -> str:
    """The runtime that a request's settings name."""
    return str(settings.get("runtime", REFERENCE_RUNTIME))


def with_recorded_runtime(weights: WeightOptions, output: OutputOptions) -> WeightOptions:
    """The options with "auto" replaced by what the folder to be resumed was begun with.

    Otherwise a choice that was measured anew in between would make the request another one.
    """
    if weights.runtime != AUTO or not output.resume:
        return weights
    for name in (layout.MANIFEST, REQUEST_FILE):
        # What is damaged or of another kind is refused later, with its own words.
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            values = json.loads((output.output / name).read_text(encoding="utf-8"))
            return replace(weights, runtime=runtime_of(values["request"]["settings"]))
    return weights
