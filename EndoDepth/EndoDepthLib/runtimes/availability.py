"""Which runtimes can be used here, and why the others cannot."""

from __future__ import annotations

import importlib.util
import shutil

from EndoDepthLib.runtimes.names import (
    ONNXRUNTIME,
    OPENVINO,
    OPENVINO_BF16,
    RUNTIMES,
    TENSORRT,
    TORCH,
    TORCH_COMPILE,
    TORCH_FP16,
)

_INSTALL = 'it is not installed; run: pip install "endodepth[fast]"'


def missing_for(name: str, device: str = "cpu") -> str | None:
    """Why this runtime cannot run the network on this torch device ("cpu", "cuda", "mps"); None when it can."""
    if name == TORCH:
        return None
    if name == TORCH_FP16:
        return None if device == "cuda" else f"it needs CUDA, and the device is {device!r}"
    if name == TORCH_COMPILE:
        return None if shutil.which("c++") or shutil.which("g++") or shutil.which("cl") else "there is no C++ compiler"
    package = "onnxruntime" if name in {ONNXRUNTIME, TENSORRT} else "openvino"
    if importlib.util.find_spec(package) is None or importlib.util.find_spec("onnx") is None:
        return _INSTALL
    if name == TENSORRT:
        from EndoDepthLib.runtimes.onnx_runtime import has_tensorrt

        return None if has_tensorrt() else "the installed ONNX Runtime has no TensorRT"
    if device != "cpu":
        return f"it computes on the processor, and the device is {device!r}; add --device cpu"
    if name == OPENVINO_BF16:
        from EndoDepthLib.runtimes.openvino_runtime import has_bfloat16

        return None if has_bfloat16() else "this processor has no bfloat16"
    return None


def usable_runtimes(device: str = "cpu") -> tuple[str, ...]:
    """The runtimes that can run the network on this device, the reference first."""
    return tuple(name for name in RUNTIMES if missing_for(name, device) is None)


def quick_runtimes(device: str = "cpu") -> tuple[str, ...]:
    """Those among which "auto" chooses: what has to be compiled in every process, or rounds more, is left out.

    bfloat16 takes part because the probe compares its answers with the reference's.
    """
    candidates = {TORCH, OPENVINO, OPENVINO_BF16, ONNXRUNTIME} if device == "cpu" else {TORCH}
    return tuple(name for name in RUNTIMES if name in candidates and missing_for(name, device) is None)
