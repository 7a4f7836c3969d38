"""The batches of the adaptation: frames as the network sees them, what they are drawn from, and their sparse depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.originals import Originals, picture
from EndoDepthTrainingLib.adaptation.settings import AdaptationConfig
from EndoDepthTrainingLib.adaptation.teaching import Teaching
from EndoDepthTrainingLib.processes import Share

_MOST_POINTS = 1500


@dataclass(frozen=True)
class AdaptationBatch:
    """B frames with S sources and P points each. Everything but `seen` is the right way round.

    seen (B, 3, h, w): as the network sees them, mirrored where `mirrored` (B,) says so and of other exposure; images
    (B, 3, h, w) float 0..1; usable, moving (B, 1, h, w) bool; sources (B, S, 3, h, w); source_usable (B, S, 1, h, w)
    bool; source_from_target (B, S, 4, 4); pair (B, S) int, -1 = no such source; positions (B, P, 2) of the points for
    grid_sample, log_depth and weight (B, P), weight 0 = no point; original_log_depth (B, 1, h, w), original_masks
    (B, 1 + K, h / 4, w / 4) log probabilities.
    """

    seen: Tensor
    mirrored: Tensor
    images: Tensor
    usable: Tensor
    moving: Tensor
    sources: Tensor
    source_usable: Tensor
    source_from_target: Tensor
    pair: Tensor
    positions: Tensor
    log_depth: Tensor
    weight: Tensor
    original_log_depth: Tensor
    original_masks: Tensor


class BatchMaker:
    """Makes the batch of a step: a pure function of the seed and the step."""

    def __init__(self, clip: AdaptationClip, teaching: Teaching, kept: Originals, config: AdaptationConfig) -> None:
        self._clip, self._teaching, self._kept, self._config = clip, teaching, kept, config
        apart = set(teaching.held_out.tolist())
        self.rows = [row for row in range(len(clip)) if row not in apart and len(teaching.pairs.of(row))]
        points = teaching.points
        self._points = [
            np.flatnonzero((points.frame == row) & ~points.held_out) if points is not None else np.zeros(0, int)
            for row in range(len(clip))
        ]

    def batch(self, step: int, share: Share) -> AdaptationBatch:
        """This process's part of the frames of a step; every frame comes up once before any comes up again."""
        config = self._config
        rng = np.random.default_rng((config.seed, step))
        chosen = []
        for place in range(step * config.batch, (step + 1) * config.batch):
            turn, position = divmod(place, len(self.rows))
            chosen.append(
                self.rows[np.random.default_rng((config.seed, turn, 1)).permutation(len(self.rows))[position]]
            )
        mirrored = rng.random(len(chosen)) < (0.5 if config.flips else 0.0)
        exposure = 2.0 ** rng.uniform(-config.brightness, config.brightness, (len(chosen), 1, 1, 1))
        mine = np.arange(share.rank, len(chosen), share.world)
        rows = np.array(chosen)[mine]
        return self._assemble(rows, mirrored[mine], exposure[mine].astype(np.float32), rng)

    def _assemble(
        self, rows: np.ndarray, mirrored: np.ndarray, exposure: np.ndarray, rng: np.random.Generator
    ) -> AdaptationBatch:
        clip, pairs, count = self._clip, self._teaching.pairs, self._config.sources
        images = picture(clip.images[rows])
        flags = torch.from_numpy(mirrored)
        seen = (images * torch.from_numpy(exposure)).clamp(0.0, 1.0)
        seen = torch.where(flags[:, None, None, None], seen.flip(-1), seen)
        pair = np.full((len(rows), count), -1)
        for place, row in enumerate(rows):
            found = pairs.of(int(row))[:count]
            pair[place, : len(found)] = found
        source = np.where(pair >= 0, pairs.source[pair], rows[:, None])
        poses = np.where((pair >= 0)[..., None, None], pairs.source_from_target[pair], np.eye(4)).astype(np.float32)
        positions, log_depth, weight = self._sparse(rows, rng)
        shape = (len(rows), count, *images.shape[1:])
        return AdaptationBatch(
            seen,
            flags,
            images,
            torch.from_numpy(clip.usable[rows])[:, None],
            torch.from_numpy(clip.moving[rows])[:, None],
            picture(clip.images[source.ravel()]).reshape(shape),
            torch.from_numpy(clip.usable[source])[:, :, None],
            torch.from_numpy(poses),
            torch.from_numpy(pair),
            positions,
            log_depth,
            weight,
            torch.from_numpy(self._kept.log_depth[rows])[:, None],
            torch.from_numpy(self._kept.masks[rows]).float(),
        )

    def _sparse(self, rows: np.ndarray, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        positions = np.zeros((len(rows), _MOST_POINTS, 2), np.float32)
        log_depth, weight = (np.zeros((len(rows), _MOST_POINTS), np.float32) for _ in range(2))
        points = self._teaching.points
        if points is not None:
            for place, row in enumerate(rows):
                some = self._points[row]
                if len(some) > _MOST_POINTS:
                    some = rng.choice(some, _MOST_POINTS, replace=False)
                positions[place, : len(some)] = grid_positions(points.pixel[some], self._clip)
                log_depth[place, : len(some)] = points.log_depth[some]
                weight[place, : len(some)] = points.weight[some]
        return torch.from_numpy(positions), torch.from_numpy(log_depth), torch.from_numpy(weight)


def grid_positions(pixels: np.ndarray, clip: AdaptationClip) -> np.ndarray:
    """Pixels (M, 2) of the clip's grid as positions for grid_sample with align_corners=False."""
    return (2.0 * pixels + 1.0) / np.array([clip.camera.width, clip.camera.height]) - 1.0
