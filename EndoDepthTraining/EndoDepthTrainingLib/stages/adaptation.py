"""Adaptation to one video as a task of the loop: sparse depth, view synthesis, and what must not be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.adaptation.batches import AdaptationBatch, BatchMaker
from EndoDepthTrainingLib.adaptation.brightness import matched_brightness
from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.originals import Originals, coarse_log_masks
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.adaptation.teaching import Teaching
from EndoDepthTrainingLib.geometry import Lens, rigid_from_twist, synthesise
from EndoDepthTrainingLib.losses.depth import gradient_matching
from EndoDepthTrainingLib.losses.photometric import photometric_error, photometric_loss
from EndoDepthTrainingLib.losses.smoothness import edge_aware_smoothness
from EndoDepthTrainingLib.losses.sparse import sampled, sparse_confidence, sparse_log_depth
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages.running import moved
from EndoDepthTrainingLib.stages.task import Losses, ParameterGroup

Figures = Callable[[EndoDepthNetwork], Mapping[str, float]]
Sheet = Callable[[EndoDepthNetwork], np.ndarray]


_EDGE_PX = 3


class AdaptationLearner(nn.Module):
    """The network, and how much each pair's pose is bettered (nothing where structure from motion gave it)."""

    def __init__(
        self,
        config: AdaptationConfig,
        network: EndoDepthNetwork,
        clip: AdaptationClip,
        teaching: Teaching,
        text: Tensor,
    ) -> None:
        super().__init__()
        self.network = network
        count = len(teaching.pairs.target) if teaching.pairs.learns else 0
        self.twists = nn.Parameter(torch.zeros(count, 6))
        self._config, self._lens = config, moved(Lens.of([clip.camera]), text.device)
        self._text = text

    def train(self, mode: bool = True) -> AdaptationLearner:
        """Batch norms keep the statistics of the original training: a few frames of one video would spoil them."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, batch: AdaptationBatch, average: nn.Module, step: int) -> Losses:
        """The weighted losses of a batch."""
        config = self._config
        features = self.network.encode(batch.seen)
        output = self.network.decode_depth(features)
        log_depth = _unmirrored(-output.inverse_depth[0].log(), batch.mirrored)
        confidence = _unmirrored(output.confidence_logit, batch.mirrored)
        at_points = sampled(log_depth, batch.positions)
        losses = {
            "points": sparse_log_depth(at_points, batch.log_depth, batch.weight),
            "confidence": sparse_confidence(
                sampled(confidence, batch.positions), at_points, batch.log_depth, batch.weight
            ),
            "photometric": self._photometric(batch, log_depth.exp()),
            "smoothness": edge_aware_smoothness((-log_depth).exp(), batch.images, batch.usable),
            "original": gradient_matching(log_depth, batch.original_log_depth, torch.ones_like(log_depth).bool()),
            "moving": gradient_matching(log_depth, batch.original_log_depth, _with_edges(batch.moving)),
            "masks": self._masks(features, batch),
        }
        return {name: getattr(config, name) * loss for name, loss in losses.items()}

    def _photometric(self, batch: AdaptationBatch, depth: Tensor) -> Tensor:
        errors, unmoved, visible = [], [], []
        for place in range(batch.pair.shape[1]):
            pair, source = batch.pair[:, place], batch.sources[:, place]
            pose = batch.source_from_target[:, place]
            if len(self.twists):
                pose = rigid_from_twist(self.twists[pair.clamp(min=0)]) @ pose
            drawn, inside = synthesise(source, depth, pose, self._lens)
            with torch.no_grad():
                shown, _ = synthesise(batch.source_usable[:, place].to(depth.dtype), depth, pose, self._lens)
                valid = inside & (shown > 0.99) & batch.usable & (pair >= 0)[:, None, None, None]
                still = matched_brightness(source, batch.images, batch.usable)
                unmoved.append(photometric_error(still, batch.images))
            errors.append(photometric_error(matched_brightness(drawn, batch.images, valid), batch.images))
            visible.append(valid)
        joined = [torch.cat(each, dim=1) for each in (errors, visible, unmoved)]
        return photometric_loss(joined[0], joined[1], joined[2], batch.usable)

    def _masks(self, features: list[Tensor], batch: AdaptationBatch) -> Tensor:
        """Kullback-Leibler divergence of the masks from the original ones."""
        log_masks = coarse_log_masks(self.network.segment(features, self._text).logits_with_none)
        kept = torch.where(batch.mirrored[:, None, None, None], batch.original_masks.flip(-1), batch.original_masks)
        divergence = (kept.exp() * (kept - log_masks)).sum(dim=1)
        return divergence.mean()


class AdaptationTask:
    """Adapts `network` (changed in place) to a clip. text (K, D): every class of the vocabulary.

    figures, sheet: what is measured and drawn of the averaged network while it learns.
    """

    def __init__(
        self,
        config: AdaptationConfig,
        network: EndoDepthNetwork,
        clip: AdaptationClip,
        teaching: Teaching,
        kept: Originals,
        text: Tensor,
        figures: Figures | None = None,
        sheet: Sheet | None = None,
    ) -> None:
        self.name, self.config = "adaptation", config
        self.network = network
        self.learner = AdaptationLearner(config, network, clip, teaching, text.to(next(network.parameters()).device))
        self._batches = BatchMaker(clip, teaching, kept, config)
        self._figures, self._sheet = figures, sheet
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(not name.startswith("segmentation_decoder."))

    def batch(self, step: int, share: Share) -> AdaptationBatch:
        """The frames of this step."""
        return self._batches.batch(step, share)

    def parameter_groups(self) -> list[ParameterGroup]:
        """The decoder of depth learns fastest; what the masks share with it learns slower; poses as they need it."""
        config = self.config
        decoder = [p for name, p in self.network.named_parameters() if name.startswith("depth_decoder.")]
        shared = [p for name, p in self.network.named_parameters() if name.startswith(("encoder.", "attention."))]
        groups = [
            ParameterGroup(decoder, config.learning_rate),
            ParameterGroup(shared, config.encoder_learning_rate),
        ]
        if len(self.learner.twists):
            groups.append(ParameterGroup([self.learner.twists], config.pose_learning_rate))
        return groups

    def validate(self, average: nn.Module, step: int) -> Mapping[str, float]:
        """Figures on the frames and points that are held out."""
        assert isinstance(average, EndoDepthNetwork)
        return {} if self._figures is None else self._figures(average)

    def sheet(self, average: nn.Module, step: int) -> np.ndarray | None:
        """Held-out frames: image | original depth | depth now."""
        assert isinstance(average, EndoDepthNetwork)
        return None if self._sheet is None else self._sheet(average)


def _with_edges(mask: Tensor) -> Tensor:
    """A mask (B, 1, H, W) bool and the pixels around it."""
    return functional.max_pool2d(mask.float(), 2 * _EDGE_PX + 1, 1, _EDGE_PX) > 0


def _unmirrored(values: Tensor, mirrored: Tensor) -> Tensor:
    return torch.where(mirrored[:, None, None, None], values.flip(-1), values)
