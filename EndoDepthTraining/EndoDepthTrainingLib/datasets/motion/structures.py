"""Structures on the frames of a clip, as weights mark them: for semantic guidance, and to leave out what moves."""

from __future__ import annotations

import numpy as np
import torch

from EndoDepthLib.motion.instruments import MOVING
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, with_labels

_BATCH = 8


@torch.inference_mode()
def with_structures(clip: MotionClip, network: EndoDepthNetwork, vocabulary: Vocabulary) -> MotionClip:
    """The clip with the labels 1 + class that the network, in evaluation mode, gives; instruments are not usable."""
    device = next(network.parameters()).device
    text = torch.from_numpy(np.asarray(vocabulary.embeddings)).to(device)
    labels = []
    for first in range(0, len(clip), _BATCH):
        chunk = torch.from_numpy(np.ascontiguousarray(clip.images[first : first + _BATCH])).to(device)
        tensor = (chunk.permute(0, 3, 1, 2).float() / 255.0).contiguous(memory_format=torch.channels_last)
        logits = network.segment(network.encode(tensor), text).logits_with_none
        labels.append(logits.argmax(dim=1).to(torch.uint8).cpu().numpy())
    known = (vocabulary.index_of(name) for name in MOVING)
    return with_labels(clip, np.concatenate(labels), [1 + index for index in known if index is not None])
