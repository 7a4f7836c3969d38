"""The network's graphs as ONNX files in the cache: made once for a set of weights and a network size."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.results.atomic import atomic_path, make_folder
from EndoDepthLib.runtimes.graph import DepthGraph, JointGraph

OPSET = 18


def graph_file(folder: Path, network: EndoDepthNetwork, key: str, width: int, height: int, classes: int) -> Path:
    """The ONNX file of the depth graph (classes 0) or the joint graph in `folder`; exported unless it is there.

    key: names the weights (their SHA-256). The size and the number of texts are fixed in the file, since runtimes are
    faster for it. Raises OutputError when it cannot be written.
    """
    kind = f"joint{classes}" if classes else "depth"
    path = folder / f"{key[:16]}-{kind}-{width}x{height}-torch{torch.__version__.partition('+')[0]}.onnx"
    if not path.is_file():
        device = next(network.parameters()).device
        images = torch.zeros(1, 3, height, width, device=device)
        make_folder(folder)
        with atomic_path(path) as aside:
            if classes:
                texts = torch.ones(classes, network.config.text_dim, device=device) / network.config.text_dim**0.5
                offsets = torch.zeros(1 + classes, device=device)
                write_onnx(JointGraph(network), (images, texts, offsets), aside)
            else:
                write_onnx(DepthGraph(network), (images,), aside)
    return path


def write_onnx(
    graph: nn.Module, example: tuple[Tensor, ...], path: Path, free: dict[str, dict[int, str]] | None = None
) -> None:
    """Trace a graph that has `inputs` and `outputs` names and write it; free: axes that may vary, by input."""
    # The exporter warns of every shape it fixes, which is what is wanted, and prints what it does.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            example,
            str(path),
            input_names=list(graph.inputs),  # type: ignore[arg-type]
            output_names=list(graph.outputs),  # type: ignore[arg-type]
            dynamic_axes=free or {},
            opset_version=OPSET,
            dynamo=False,  # the other exporter needs a package more, and takes ten times as long
        )
