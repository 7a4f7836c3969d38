"""The whole prediction as one ONNX file: decoded pixels in, depth and labels on the same pixels out. Imports torch."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference.network_grid import network_size
from EndoDepthLib.inference.weights import LoadedWeights
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.results.atomic import atomic_path, atomic_write
from EndoDepthLib.runtimes.graph import JointGraph
from EndoDepthLib.runtimes.onnx_file import write_onnx

_LEAST_SIDE_PX = 32


class PredictionGraph(nn.Module):
    """image (H, W, 3) uint8 RGB and texts (K, D) float32 unit vectors -> depth, confidence, labels, each (H, W).

    depth float32, up to scale; confidence float32 in 0..1; labels uint8: 0 none of the texts, i + 1 the i-th. The frame
    size is fixed, the number of texts is free, and the texts given compete among themselves and with "none of these".
    The steps are those of EndoDepthModel.predict for a frame that is all content, without the care for highlights.
    """

    inputs = ("image", "texts")
    outputs = ("depth", "confidence", "labels")

    def __init__(self, network: EndoDepthNetwork, width: int, height: int) -> None:
        super().__init__()
        self.joint = JointGraph(network)
        self.size = (height, width)
        small = network_size(width, height, network.config.input_pixels)
        shrinks = small[0] * small[1] < width * height
        self.columns: Tensor
        self.rows: Tensor
        self.register_buffer("columns", _resizing(width, small[0], shrinks))
        self.register_buffer("rows", _resizing(height, small[1], shrinks))

    def forward(self, image: Tensor, texts: Tensor) -> tuple[Tensor, ...]:
        """Resize, predict, resize back."""
        planes = image.permute(2, 0, 1).float()
        small = (self.rows @ planes @ self.columns.T).round() / 255.0  # the network learned from whole grey values
        offsets = torch.zeros(1, dtype=texts.dtype) + functional.pad(texts[:, 0] * 0.0, (1, 0))
        inverse_depth, confidence, probabilities = self.joint(small[None], texts, offsets)
        return (
            1.0 / self._enlarged(inverse_depth[None])[0],
            self._enlarged(confidence[None])[0].clamp(0.0, 1.0),
            self._enlarged(probabilities).argmax(dim=0).to(torch.uint8),
        )

    def _enlarged(self, maps: Tensor) -> Tensor:
        return functional.interpolate(maps[None], size=self.size, mode="bilinear", align_corners=False)[0]


def export_model(weights: LoadedWeights, path: Path, width: int, height: int) -> None:
    """Write the ONNX file, and beside it (.json) the classes, their text embeddings and where the weights come from.

    width, height: of the frames (px). Raises SettingsError for a frame too small, OutputError.
    """
    if min(width, height) < _LEAST_SIDE_PX:
        raise SettingsError(f"the frame size is {width}x{height}; expected at least {_LEAST_SIDE_PX}x{_LEAST_SIDE_PX}")
    graph = PredictionGraph(weights.network, width, height)
    example = (torch.zeros(height, width, 3, dtype=torch.uint8), torch.from_numpy(weights.embeddings))
    description = {
        "schema": "endodepth-onnx",
        "version": 1,
        "weights": {"id": weights.id, "sha256": weights.sha256},
        "input": "image: uint8 RGB, rows x columns x 3; texts: one row a structure",
        "frame": [width, height],
        "depth": "along the optical axis, up to scale: not millimetres",
        "classes": list(weights.vocabulary.classes),
        "texts": [[float(value) for value in row] for row in weights.embeddings],
    }
    with atomic_path(path) as aside:
        write_onnx(graph, example, aside, {"texts": {0: "structures"}})
    atomic_write(path.with_suffix(".json"), json.dumps(description, ensure_ascii=False) + "\n")


def _resizing(size: int, small: int, area: bool) -> Tensor:
    """(small, size) float32: what cv2.resize does to one axis, as a matrix; area: averages, else linear."""
    method = cv2.INTER_AREA if area else cv2.INTER_LINEAR
    return torch.from_numpy(cv2.resize(np.eye(size, dtype=np.float32), (small, size), interpolation=method).T.copy())
