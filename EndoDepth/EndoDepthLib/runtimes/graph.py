"""The network as a graph of plain tensors: what the runtimes run and what is exported. Imports torch."""

from __future__ import annotations

from torch import Tensor, nn

from EndoDepthLib.networks import EndoDepthNetwork


class DepthGraph(nn.Module):
    """images (1, 3, h, w) float32 in 0..1 -> inverse depth (h, w) and confidence (h, w) float32."""

    inputs: tuple[str, ...] = ("images",)
    outputs: tuple[str, ...] = ("inverse_depth", "confidence")

    def __init__(self, network: EndoDepthNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Depth alone."""
        depth = self.network(images).depth
        return depth.inverse_depth[0][0, 0], depth.confidence_logit[0, 0].sigmoid()


class JointGraph(nn.Module):
    """Depth and, for any number K of texts, probabilities from one encoder pass.

    images (1, 3, h, w) float32 in 0..1, texts (K, D) float32 unit vectors, offsets (1 + K,) float32 added to the logits
    of "none of these" and the texts (see class_offsets) -> inverse depth (h, w), confidence (h, w), probabilities
    (1 + K, h, w).
    """

    inputs: tuple[str, ...] = ("images", "texts", "offsets")
    outputs: tuple[str, ...] = (*DepthGraph.outputs, "probabilities")

    def __init__(self, network: EndoDepthNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, texts: Tensor, offsets: Tensor) -> tuple[Tensor, ...]:
        """Depth and labels."""
        output = self.network(images, texts)
        assert output.segmentation is not None
        logits = output.segmentation.logits_with_none[0] + offsets[:, None, None]
        depth = output.depth
        return depth.inverse_depth[0][0, 0], depth.confidence_logit[0, 0].sigmoid(), logits.softmax(dim=0)
