"""From a runtime's name, or "auto", to a runtime that is ready."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from EndoDepthLib.errors import OutputError, SettingsError
from EndoDepthLib.runtimes.availability import missing_for, quick_runtimes
from EndoDepthLib.runtimes.files import GraphFiles
from EndoDepthLib.runtimes.names import (
    AUTO,
    ENVIRONMENT,
    ONNXRUNTIME,
    RUNTIMES,
    TENSORRT,
    TORCH,
    TORCH_COMPILE,
    TORCH_FP16,
)
from EndoDepthLib.runtimes.runtime import Runtime

if TYPE_CHECKING:
    from EndoDepthLib.inference.weights import LoadedWeights
    from EndoDepthLib.runtimes.probe import Probe

_PACKAGES = ("torch", "openvino", "onnxruntime")


def choose_runtime(weights: LoadedWeights, device: str, name: str = AUTO) -> Runtime:
    """The runtime of this name for weights that lie on this torch device.

    "auto": what ENDODEPTH_RUNTIME names, else the fastest that agrees with the reference, measured the first time on
    this machine and remembered (see cache_folder). Raises SettingsError for a name that is unknown or cannot run here.
    """
    wanted = os.environ.get(ENVIRONMENT, AUTO) if name == AUTO else name
    if wanted == AUTO:
        candidates = quick_runtimes(device)
        try:
            wanted = TORCH if candidates == (TORCH,) else probe_runtimes(weights, device).chosen
        except OutputError:  # the others need graphs in the cache, and the cache cannot be written to
            wanted = TORCH
    return make_runtime(weights, device, wanted)


def make_runtime(weights: LoadedWeights, device: str, name: str) -> Runtime:
    """A runtime by its name; "auto" is none. Raises SettingsError."""
    if name not in RUNTIMES:
        raise SettingsError(f"runtime is {name!r}; expected one of {', '.join((AUTO, *RUNTIMES))}")
    reason = missing_for(name, device)
    if reason is not None:
        raise SettingsError(f"runtime {name!r} cannot be used: {reason}. 'endodepth runtimes' lists what can")
    import torch

    if name in {TORCH, TORCH_COMPILE, TORCH_FP16}:
        from EndoDepthLib.runtimes.torch_runtime import TorchRuntime

        return TorchRuntime(weights.network, weights.embeddings, name)
    files, threads = GraphFiles(weights.network, weights.sha256), torch.get_num_threads()
    if name in {ONNXRUNTIME, TENSORRT}:
        from EndoDepthLib.runtimes.onnx_runtime import OnnxRuntime

        return OnnxRuntime(files, weights.embeddings, threads, name)
    from EndoDepthLib.runtimes.openvino_runtime import OpenvinoRuntime

    return OpenvinoRuntime(files, weights.embeddings, threads, name)


def probe_runtimes(weights: LoadedWeights, device: str) -> Probe:
    """The remembered or now measured figures of the runtimes among which "auto" chooses."""
    import torch

    from EndoDepthLib.inference.network_grid import network_size
    from EndoDepthLib.runtimes.files import cache_folder
    from EndoDepthLib.runtimes.probe import machine, measure, remembered

    names = quick_runtimes(device)
    width, height = network_size(4, 3, weights.network.config.input_pixels)
    key = {
        "weights_sha256": weights.sha256,
        "device": device,
        "size": [width, height],
        "threads": torch.get_num_threads(),
        "machine": machine(),
        "packages": runtime_versions(),
        "runtimes": list(names),
    }

    def make() -> Probe:
        runtimes = {name: make_runtime(weights, device, name) for name in names}
        return measure(runtimes, width, height, len(weights.embeddings))

    return remembered(cache_folder(), key, make)


def runtime_versions() -> dict[str, str]:
    """Versions of the packages that runtimes come from; absent ones are left out."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
