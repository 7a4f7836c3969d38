"""From class probabilities at the network's resolution to labels on the decoded pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from EndoDepthLib.inference.network_grid import NetworkGrid


def label_box(
    probabilities: np.ndarray, classes: Sequence[int], grid: NetworkGrid, with_scores: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Labels of the asked-for classes where they beat every other class and "none of these".

    probabilities (1 + K, h, w) float32, channel 0 "none of these"; classes: indices into K, label i + 1 = classes[i].
    Gives labels (height, width) uint8 of the grid's box, and scores (len(classes), H, W) float32 of the whole decoded
    grid (0 outside the content) or None. One class at a time: memory stays at a few pictures, also for 4K.
    """
    label_from_class = {class_index: position + 1 for position, class_index in enumerate(classes)}
    best = grid.from_network(probabilities[0])
    labels = np.zeros(best.shape, dtype=np.uint8)
    scores = np.zeros((len(classes), *grid.content.shape), dtype=np.float32) if with_scores else None
    for class_index in range(len(probabilities) - 1):
        if not probabilities[1 + class_index].any():
            continue  # a class of another procedure: it wins nowhere
        probability = grid.from_network(probabilities[1 + class_index])
        label = label_from_class.get(class_index, 0)
        np.copyto(labels, np.uint8(label), where=probability > best)
        np.maximum(best, probability, out=best)
        if scores is not None and label:
            scores[label - 1] = grid.paste(np.clip(probability, 0.0, 1.0), 0.0)
    return labels, scores
