"""Whether adapted weights are better than the original ones, by how much, and in which words that is said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from EndoDepthTrainingLib.adaptation.clip import AdaptationClip
from EndoDepthTrainingLib.adaptation.measures import (
    Answers,
    HeldOutFrames,
    PointErrors,
    masks_agreement,
    mean_where_all_count,
    point_errors,
    scaled_to_points,
)
from EndoDepthTrainingLib.adaptation.teaching import Teaching

LEAST_GAIN = 0.01
"""By how much every error has to fall for the adapted weights to be kept."""
LEAST_AGREEMENT = 0.9
"""Share of pixels whose label must be what it was."""


@dataclass(frozen=True)
class Judgement:
    """Figures before and after, all on frames that nothing learned from.

    photometric_before, photometric_after: mean photometric error of held-out frames drawn from their neighbours; before
    and after each with the scale and poses that suit its depth best (`poses_given_*`: with the poses of structure from
    motion as they are). points_before, points_after: at points of held-out tracks in held-out frames; None without
    structure from motion. masks_agree: share of pixels that keep their label.
    """

    teacher: str
    photometric_before: float
    photometric_after: float
    poses_given_before: float | None
    poses_given_after: float | None
    points_before: PointErrors | None
    points_after: PointErrors | None
    masks_agree: float

    @property
    def reasons_against(self) -> list[str]:
        """Why the adapted weights are not to be kept; empty when they are."""
        found = []
        gain = _gain(self.photometric_before, self.photometric_after)
        if not gain >= LEAST_GAIN:
            found.append(f"held-out frames are drawn no better (photometric error {-gain:+.1%})")
        if self.points_before is not None and self.points_after is not None:
            gain = _gain(self.points_before.frame_scale, self.points_after.frame_scale)
            if not gain >= LEAST_GAIN:
                found.append(f"depth at held-out points is no better (error {-gain:+.1%})")
        if not self.masks_agree >= LEAST_AGREEMENT:
            found.append(f"only {self.masks_agree:.0%} of the pixels keep their label ({LEAST_AGREEMENT:.0%})")
        return found

    def sentences(self) -> list[str]:
        """The figures in words, one a line."""
        lines = [
            f"teacher: {self.teacher}",
            f"photometric error of held-out frames: {self.photometric_before:.4f} -> {self.photometric_after:.4f} "
            f"({_change(self.photometric_before, self.photometric_after)}), scale and poses at their best for both",
        ]
        if self.poses_given_before is not None and self.poses_given_after is not None:
            lines.append(
                f"the same with the poses as given: {self.poses_given_before:.4f} -> {self.poses_given_after:.4f} "
                f"({_change(self.poses_given_before, self.poses_given_after)})"
            )
        before, after = self.points_before, self.points_after
        if before is not None and after is not None:
            lines.append(
                f"error at {after.count} held-out points, each frame at its own scale (median |log error|): "
                f"{before.frame_scale:.4f} -> {after.frame_scale:.4f} "
                f"({_change(before.frame_scale, after.frame_scale)}); constant depth {before.flat_frame_scale:.4f}"
            )
            lines.append(
                f"the same, one scale for all frames: {before.shared_scale:.4f} -> {after.shared_scale:.4f} "
                f"({_change(before.shared_scale, after.shared_scale)})"
            )
        lines.append(f"labels that stay the same: {self.masks_agree:.1%} of all pixels")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def judge(before: Answers, after: Answers, clip: AdaptationClip, teaching: Teaching) -> Judgement:
    """Compare what two networks say of a clip."""
    frames = HeldOutFrames(clip, teaching)
    depths = [before.log_depth, after.log_depth]
    given: list[float] | list[None] = [None, None]
    errors: list[PointErrors] | list[None] = [None, None]
    if teaching.points is not None:
        points = teaching.points
        chosen = points.held_out & np.isin(points.frame, teaching.held_out)
        errors = [point_errors(depth, clip, points, chosen) for depth in depths]
        depths = [scaled_to_points(depth, clip, points) for depth in depths]
        given = mean_where_all_count([frames.errors(depth, best_poses=False) for depth in depths])
    best = mean_where_all_count([frames.errors(depth, best_poses=True) for depth in depths])
    return Judgement(
        teaching.teacher,
        best[0],
        best[1],
        given[0],
        given[1],
        errors[0],
        errors[1],
        masks_agreement(before.labels, after.labels),
    )


def _gain(before: float, after: float) -> float:
    return (before - after) / before if before > 0 else float("nan")


def _change(before: float, after: float) -> str:
    return f"{-_gain(before, after):+.1%}"
