"""The job of `endodepth export`."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.weights import load_model
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthLib.errors import OutputError, SettingsError
from EndoDepthLib.runtimes.names import TORCH

_SUFFIX = ".onnx"
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)
_MOST_SIDE_PX = 8192


def export(output: Path, weights: WeightOptions, size: str) -> str:
    """Write the ONNX file and its description; returns what to tell people. Raises an EndoDepthError."""
    found = _SIZE.fullmatch(size)
    if found is None or max(map(int, found.groups())) > _MOST_SIDE_PX:
        raise SettingsError(f"--size is {size[:40]!r}; expected WIDTHxHEIGHT in pixels, such as 1280x720")
    width, height = map(int, found.groups())
    if output.suffix != _SUFFIX:
        raise OutputError(f"output '{output}' does not end with {_SUFFIX}; name it like model{_SUFFIX}")
    for file in (output, output.with_suffix(".json")):
        if file.exists():
            raise OutputError(f"'{file}' is there already; choose another name")
    if importlib.util.find_spec("onnx") is None:
        raise SettingsError('exporting needs the package onnx; run: pip install "endodepth[fast]"')
    model = load_model(replace(weights, runtime=TORCH, device="cpu"), Messages())
    from EndoDepthLib.runtimes.exporting import export_model

    export_model(model.weights, output, width, height)
    return (
        f"{output}: image ({height}, {width}, 3) uint8 RGB and texts (K, {model.weights.embeddings.shape[1]}) in; "
        f"depth (up to scale), confidence and labels ({height}, {width}) out\n"
        f"{output.with_suffix('.json')}: the classes and their texts"
    )
