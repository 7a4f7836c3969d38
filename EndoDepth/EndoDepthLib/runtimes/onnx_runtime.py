"""ONNX Runtime on the processor, and TensorRT by way of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.runtimes.files import GraphFiles
from EndoDepthLib.runtimes.names import ONNXRUNTIME, TENSORRT
from EndoDepthLib.runtimes.runtime import NetworkAnswer, class_offsets

_TENSORRT_PROVIDER = "TensorrtExecutionProvider"


class OnnxRuntime:
    """Runs the exported graphs in sessions that are made when a size is first asked for."""

    def __init__(self, files: GraphFiles, embeddings: np.ndarray, threads: int, name: str = ONNXRUNTIME) -> None:
        self.name = name
        self._files = files
        self._texts = np.ascontiguousarray(embeddings, dtype=np.float32)
        self._threads = threads
        self._sessions: dict[Path, Any] = {}

    def run(self, image: np.ndarray, competitors: Sequence[int] | None) -> NetworkAnswer:
        """See Runtime.run."""
        classes = 0 if competitors is None else len(self._texts)
        session = self._session(self._files.get(image.shape[2], image.shape[1], classes))
        inputs = {"images": image[None]}
        if competitors is not None:
            inputs |= {"texts": self._texts, "offsets": class_offsets(competitors, classes)}
        outputs = session.run(None, inputs)
        return NetworkAnswer(outputs[0], outputs[1], outputs[2] if classes else None)

    def _session(self, path: Path) -> Any:
        if path not in self._sessions:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.log_severity_level = 3
            options.use_deterministic_compute = True
            self._sessions[path] = onnxruntime.InferenceSession(str(path), options, providers=self._providers())
        return self._sessions[path]

    def _providers(self) -> list[Any]:
        if self.name != TENSORRT:
            return ["CPUExecutionProvider"]
        engines = {
            "trt_fp16_enable": True,
            "trt_engine_cache_enable": True,
            "trt_engine_cache_path": str(self._files.folder / "tensorrt"),
        }
        return [(_TENSORRT_PROVIDER, engines), "CUDAExecutionProvider", "CPUExecutionProvider"]


def has_tensorrt() -> bool:
    """Whether the installed ONNX Runtime can use TensorRT."""
    import onnxruntime

    return _TENSORRT_PROVIDER in onnxruntime.get_available_providers()
