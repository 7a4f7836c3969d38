"""Where a frame shows something that moves on its own: instruments and tubes, as the network marks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from EndoDepthLib.inference.network_grid import NetworkGrid
from EndoDepthLib.motion.preparation import LeftOut
from EndoDepthLib.values import Frame

if TYPE_CHECKING:
    from EndoDepthLib.inference import EndoDepthModel

MOVING = ("surgical instrument", "endotracheal tube")


def instrument_masks(model: EndoDepthModel, content: np.ndarray) -> LeftOut | None:
    """What gives the mask (H, W) bool of a frame; None when these weights know none of MOVING.

    content (H, W) bool: the picture inside its dark border. The network's own resolution is enough to hide something,
    at a tenth of the time of a full prediction.
    """
    known = [index for name in MOVING if (index := model.vocabulary.index_of(name)) is not None]
    if not known:
        return None
    grid = NetworkGrid.fit(content, model.network.config.input_pixels)

    def masks(frame: Frame) -> np.ndarray:
        marked = network_labels(model, grid.to_network(frame.image), known)
        full = cv2.resize(marked.astype(np.uint8), (grid.width, grid.height), interpolation=cv2.INTER_NEAREST_EXACT)
        return grid.paste(full, 0).astype(bool)

    return masks


def network_labels(model: EndoDepthModel, image: np.ndarray, classes: list[int]) -> np.ndarray:
    """(h, w) bool: where one of `classes` beats all others and "none", for a network picture (3, h, w) float32."""
    import torch

    with torch.inference_mode():
        batch = torch.from_numpy(image)[None].to(model.device, memory_format=torch.channels_last)
        features = model.network.encode(batch)
        text = torch.from_numpy(model.weights.embeddings).to(model.device)
        best = model.network.segment(features, text).logits_with_none[0].argmax(dim=0)
        wanted = torch.tensor([1 + index for index in classes], device=model.device)
        return np.asarray(torch.isin(best, wanted).cpu().numpy())
