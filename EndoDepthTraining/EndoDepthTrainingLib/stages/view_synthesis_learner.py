"""What learns in stage 2: depth, pose, the two flows and focal lengths, by drawing frames from their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets.motion.batches import MotionBatch
from EndoDepthTrainingLib.geometry import Lens, inverse_rigid, rigid_from_twist, sample_at, source_view, warp_by_flow
from EndoDepthTrainingLib.losses import (
    appearance_consistency,
    calibrated,
    edge_aware_smoothness,
    flow_smoothness,
    label_cross_entropy,
    mutually_visible,
    photometric_error,
    photometric_loss,
    registration_loss,
    residual_smoothness,
    semantic_guidance,
)
from EndoDepthTrainingLib.networks.flow_networks import AppearanceFlowNetwork, OpticalFlowNetwork
from EndoDepthTrainingLib.networks.learned_focal import LearnedFocal
from EndoDepthTrainingLib.networks.pose_network import PoseNetwork
from EndoDepthTrainingLib.stages.self_supervised_config import SelfSupervisedConfig
from EndoDepthTrainingLib.stages.task import Losses

BEFORE, TARGET, AFTER = 0, 1, 2
NEIGHBOURS = (BEFORE, AFTER)


@dataclass(frozen=True)
class Calibration:
    """appearance and visible: of each neighbour, (B, 2, 3, h, w) C and (B, 2, 1, h, w) bool; None: no calibration."""

    appearance: Tensor
    visible: Tensor


class ViewSynthesisLearner(nn.Module):
    """`network` and the networks that only training needs.

    learned_focal: of each clip, whether its focal length is learned. unit: the network's usual depth, which is the unit
    of the pose network's translations. text (K, D): embeddings of the structures whose masks are held, or None.
    training_weights: where the training-only encoders start, as Encoder takes it.
    """

    def __init__(
        self,
        config: SelfSupervisedConfig,
        network: EndoDepthNetwork,
        learned_focal: list[bool],
        unit: float,
        text: Tensor | None = None,
        training_weights: str | None = None,
    ) -> None:
        super().__init__()
        encoder = network.config.encoder
        self.network = network
        self.pose = PoseNetwork(encoder, training_weights)
        self.flow = OpticalFlowNetwork(encoder, training_weights) if config.calibration else None
        self.appearance = AppearanceFlowNetwork(encoder, training_weights) if config.calibration else None
        self.focal = LearnedFocal(learned_focal)
        self._config, self._unit, self._text = config, unit, text

    def forward(self, batch: MotionBatch, average: nn.Module, step: int) -> Losses:
        """The weighted losses of a batch."""
        config = self._config
        target, usable = batch.images[:, TARGET], batch.usable[:, TARGET]
        features = self.network.encode(batch.seen[:, TARGET].contiguous(memory_format=torch.channels_last))
        inverse_depth = [each.float() for each in self.network.decode_depth(features).inverse_depth[: config.scales]]
        losses, calibration = self._flow_losses(batch, step)
        lens, poses = self.lens(batch), self.poses(batch.seen)
        wanted = self._wanted(batch, calibration)
        with torch.no_grad():
            still = [batch.images[:, neighbour] for neighbour in NEIGHBOURS]
            unmoved = torch.cat([photometric_error(*pair) for pair in zip(still, wanted, strict=True)], dim=1)
        totals = dict.fromkeys(("photometric", "smoothness", "guidance"), target.new_zeros(()))
        for scale, coarse in enumerate(inverse_depth):
            # As Monodepth2: every scale is judged at full resolution, and smoothness counts less where it is coarse.
            inverse = functional.interpolate(coarse, target.shape[-2:], mode="bilinear", align_corners=False)
            parts = {
                "photometric": self._photometric(batch, 1.0 / inverse, poses, lens, wanted, unmoved),
                "smoothness": edge_aware_smoothness(inverse, target, usable) / 2**scale,
                "guidance": semantic_guidance(inverse, target, batch.labels, usable) / 2**scale,
            }
            totals = {name: totals[name] + part / len(inverse_depth) for name, part in parts.items()}
        losses |= {name: getattr(config, name) * total for name, total in totals.items()}
        if config.masks and self._text is not None:
            logits = self.network.segment(features, self._text.to(target)).logits_with_none.float()
            losses["masks"] = config.masks * label_cross_entropy(logits, batch.labels)
        return losses

    def lens(self, batch: MotionBatch) -> Lens:
        """The batch's cameras, with the focal lengths as learned so far."""
        return batch.lens.with_focal_factor(self.focal(batch.clip))

    def poses(self, seen: Tensor) -> Tensor:
        """(B, 2, 4, 4): neighbour_from_target of the frame before and the one after, from seen (B, 3, 3, h, w).

        The network always sees the earlier frame first, so that it learns one direction of time.
        """
        first, second = torch.cat([seen[:, BEFORE], seen[:, TARGET]]), torch.cat([seen[:, TARGET], seen[:, AFTER]])
        target_from_before, after_from_target = self.later_from_earlier(first, second).chunk(2)
        return torch.stack([inverse_rigid(target_from_before), after_from_target], dim=1)

    def later_from_earlier(self, first: Tensor, second: Tensor) -> Tensor:
        """(B, 4, 4) motion of the camera between two images (B, 3, h, w) 0..1, in the unit of depth."""
        twist = self.pose(first, second)
        return rigid_from_twist(torch.cat([twist[:, :3], self._unit * twist[:, 3:]], dim=1))

    def _wanted(self, batch: MotionBatch, calibration: Calibration | None) -> list[Tensor]:
        """What drawing from each neighbour should give: the target in that neighbour's brightness."""
        target = batch.images[:, TARGET]
        if calibration is None:
            return [target for _ in NEIGHBOURS]
        appearance, visible = calibration.appearance, calibration.visible
        return [calibrated(target, appearance[:, place], visible[:, place]) for place in range(len(NEIGHBOURS))]

    def _photometric(
        self, batch: MotionBatch, depth: Tensor, poses: Tensor, lens: Lens, wanted: list[Tensor], unmoved: Tensor
    ) -> Tensor:
        errors, visible = [], []
        for place, neighbour in enumerate(NEIGHBOURS):
            view = source_view(depth, poses[:, place], lens)
            with torch.no_grad():
                shows_tissue = sample_at(batch.usable[:, neighbour].float(), view.pixels) > 0.99
            errors.append(photometric_error(sample_at(batch.images[:, neighbour], view.pixels), wanted[place]))
            visible.append(view.visible & shows_tissue)
        return photometric_loss(torch.cat(errors, dim=1), torch.cat(visible, dim=1), unmoved, batch.usable[:, TARGET])

    def _flow_losses(self, batch: MotionBatch, step: int) -> tuple[Losses, Calibration | None]:
        """What trains the flows, and the brightness they calibrate, which depth takes as it is."""
        config = self._config
        if self.flow is None or self.appearance is None:
            return {}, None
        size = [max(32, round(side * config.flow_scale / 32) * 32) for side in batch.images.shape[-2:]]
        images = functional.interpolate(batch.images.flatten(0, 1), size, mode="area")
        images = images.unflatten(0, batch.images.shape[:2])
        usable = functional.interpolate(batch.usable.flatten(0, 1).float(), size, mode="area") > 0.99
        usable = usable.unflatten(0, batch.usable.shape[:2])
        target = torch.cat([images[:, TARGET]] * 2)
        source = torch.cat([images[:, neighbour] for neighbour in NEIGHBOURS])
        flow = self.flow(target, source)
        with torch.no_grad():
            visible = mutually_visible(flow, self.flow(source, target))
        registered, inside = warp_by_flow(source, flow)
        shown = torch.cat([usable[:, TARGET]] * 2) & visible
        appearance = self.appearance(target, registered.detach())
        begun = step >= config.calibrated_after
        wanted = calibrated(target, appearance.detach(), shown) if begun else target
        # At first nothing is mutually visible for sure: what is inside the picture must do.
        counted = shown if begun else torch.cat([usable[:, TARGET]] * 2) & inside
        losses = {
            "registration": config.registration * registration_loss(registered, wanted, counted),
            "flow_smoothness": config.flow_smoothness
            * flow_smoothness(flow, target, torch.cat([usable[:, TARGET]] * 2)),
            "appearance": config.appearance * appearance_consistency(target, appearance, registered, counted),
            "appearance_smoothness": config.appearance_smoothness
            * residual_smoothness(appearance, target, registered.detach(), counted),
        }
        if not begun:
            return losses, None
        full = list(batch.images.shape[-2:])
        light = functional.interpolate(appearance.detach(), full, mode="bilinear", align_corners=False)
        where = functional.interpolate(visible.float(), full, mode="nearest") > 0.5
        both = (torch.stack(each.chunk(2), dim=1) for each in (light, where))
        return losses, Calibration(*both)
