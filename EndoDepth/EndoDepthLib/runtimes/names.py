"""The runtimes there can be: what runs the network's arithmetic. Imports nothing, so that help texts may use it."""

from __future__ import annotations

TORCH = "torch"
TORCH_COMPILE = "torch-compile"
TORCH_FP16 = "torch-fp16"
OPENVINO = "openvino"
OPENVINO_BF16 = "openvino-bf16"
ONNXRUNTIME = "onnxruntime"
TENSORRT = "tensorrt"
AUTO = "auto"

RUNTIMES = (TORCH, TORCH_COMPILE, TORCH_FP16, OPENVINO, OPENVINO_BF16, ONNXRUNTIME, TENSORRT)
"""Every runtime by name; "auto" is the fastest of those that are here, as measured once."""

MEANINGS = {
    TORCH: "PyTorch, the reference: float32, any device",
    TORCH_COMPILE: "PyTorch compiled for this machine; compiling takes about a minute in every process",
    TORCH_FP16: "PyTorch in half precision; CUDA only",
    OPENVINO: "OpenVINO, float32; processors",
    OPENVINO_BF16: "OpenVINO, bfloat16; processors that have it",
    ONNXRUNTIME: "ONNX Runtime, float32; processors",
    TENSORRT: "TensorRT by way of ONNX Runtime, float16; NVIDIA GPUs",
}

ENVIRONMENT = "ENDODEPTH_RUNTIME"
"""The environment variable that takes the place of "auto"."""
