"""OpenVINO on the processor, float32 or bfloat16."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.runtimes.files import GraphFiles
from EndoDepthLib.runtimes.names import OPENVINO, OPENVINO_BF16
from EndoDepthLib.runtimes.runtime import NetworkAnswer, class_offsets


class OpenvinoRuntime:
    """Runs the exported graphs, each compiled when first asked for a size; compiled graphs are kept in the cache."""

    def __init__(self, files: GraphFiles, embeddings: np.ndarray, threads: int, name: str = OPENVINO) -> None:
        import openvino

        self.name = name
        self._files = files
        self._texts = np.ascontiguousarray(embeddings, dtype=np.float32)
        self._core = openvino.Core()
        self._settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if name == OPENVINO_BF16 else "f32",
            "CACHE_DIR": str(files.folder / "openvino"),
        }
        self._requests: dict[Path, Any] = {}
        self._turn = threading.Lock()  # a request answers one caller at a time

    def run(self, image: np.ndarray, competitors: Sequence[int] | None) -> NetworkAnswer:
        """See Runtime.run."""
        classes = 0 if competitors is None else len(self._texts)
        inputs = [image[None]]
        if competitors is not None:
            inputs += [self._texts, class_offsets(competitors, classes)]
        with self._turn:
            request = self._request(self._files.get(image.shape[2], image.shape[1], classes))
            answer = request.infer(inputs, share_inputs=True, share_outputs=False)
            outputs = [np.array(answer[number], dtype=np.float32) for number in range(3 if classes else 2)]
        return NetworkAnswer(outputs[0], outputs[1], outputs[2] if classes else None)

    def _request(self, path: Path) -> Any:
        if path not in self._requests:
            compiled = self._core.compile_model(str(path), "CPU", self._settings)
            self._requests[path] = compiled.create_infer_request()
        return self._requests[path]


def has_bfloat16() -> bool:
    """Whether this processor computes in bfloat16 itself; elsewhere it would be slower than float32."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
