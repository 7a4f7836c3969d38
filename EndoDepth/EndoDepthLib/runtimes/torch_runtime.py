"""PyTorch: the reference that every other runtime is compared with; compiled and half-precision variants of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.runtimes.graph import DepthGraph, JointGraph
from EndoDepthLib.runtimes.names import TORCH, TORCH_COMPILE, TORCH_FP16
from EndoDepthLib.runtimes.runtime import NetworkAnswer, class_offsets


class TorchRuntime:
    """Runs the network where it lies (CPU, CUDA, MPS), channels last.

    name: "torch" (float32, no TF32), "torch-compile" (the same by torch.compile), or "torch-fp16" (autocast to half
    precision; the outputs are float32).
    """

    def __init__(self, network: EndoDepthNetwork, embeddings: np.ndarray, name: str = TORCH) -> None:
        self.name = name
        self._device = next(network.parameters()).device
        self._texts = torch.from_numpy(np.ascontiguousarray(embeddings)).to(self._device)
        self._turn = threading.Lock()  # cudnn's flags hold for the whole process
        self._depth: Callable[..., Any] = DepthGraph(network)
        self._joint: Callable[..., Any] = JointGraph(network)
        if name == TORCH_COMPILE:
            self._depth, self._joint = torch.compile(self._depth), torch.compile(self._joint)

    def run(self, image: np.ndarray, competitors: Sequence[int] | None) -> NetworkAnswer:
        """See Runtime.run."""
        batch = torch.from_numpy(image)[None].to(self._device, memory_format=torch.channels_last)
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
        half = torch.autocast(self._device.type, torch.float16, enabled=self.name == TORCH_FP16)
        with self._turn, torch.inference_mode(), exact, half:
            if competitors is None:
                inverse_depth, confidence = map(_to_numpy, self._depth(batch))
                return NetworkAnswer(inverse_depth, confidence, None)
            offsets = torch.from_numpy(class_offsets(competitors, len(self._texts))).to(self._device)
            return NetworkAnswer(*map(_to_numpy, self._joint(batch, self._texts, offsets)))


def _to_numpy(tensor: Tensor) -> np.ndarray:
    return tensor.float().contiguous().cpu().numpy()
