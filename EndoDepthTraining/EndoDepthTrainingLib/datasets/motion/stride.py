"""How far apart neighbours have to be for the camera to have moved: slow video teaches nothing at +-1."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.motion.tracking import FrameMotion, follow, small_grey
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, spread

WANTED = 0.02
"""Median way of corners between neighbours, in picture diagonals: some 8 px at 320 x 256."""

LEAST = 0.004
"""Below this, at any stride, nothing can be learned."""

FOLLOWED = 0.3
"""Share of corners that must be found again; farther apart, frames show other places."""

_LEAST_FRAMES = 3
_PROBES = 9


def measured_motion(clip: MotionClip, stride: int) -> FrameMotion:
    """Median over a few places of the clip, of corners followed from a frame into the one `stride` later."""
    motions = []
    for first in spread(len(clip) - stride, _PROBES):
        before, after = (small_grey(clip.images[number]) for number in (first, first + stride))
        size = (before.shape[1], before.shape[0])
        mask = cv2.resize(clip.usable[first].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
        motions.append(follow(before, after, mask.astype(bool)))
    followed, displacement = (
        float(np.median([getattr(each, name) for each in motions])) for name in ("followed", "displacement")
    )
    return FrameMotion(followed, displacement)


def with_stride(clip: MotionClip, stride: int | None = None) -> MotionClip:
    """The clip with neighbours as far apart as its motion asks for: the smallest stride at which corners move WANTED
    diagonals, or else the one of those that can be followed with the most motion. stride: take this one.

    Raises InputError when the clip is too short, stands still, or shows nothing that can be followed.
    """
    if len(clip) < _LEAST_FRAMES:
        raise InputError(f"'{clip.name}' has {len(clip)} frames; expected at least {_LEAST_FRAMES}, as a video has")
    most = (len(clip) - 1) // 2
    if stride is not None:
        if not 1 <= stride <= most:
            raise InputError(f"neighbours {stride} frames apart do not fit into '{clip.name}' of {len(clip)} frames")
        return replace(clip, stride=stride)
    best: tuple[float, int] | None = None
    candidate = 1
    seen = []
    while candidate <= most:
        motion = measured_motion(clip, candidate)
        seen.append(motion)
        if motion.followed >= FOLLOWED:
            if motion.displacement >= WANTED:
                return replace(clip, stride=candidate)
            if best is None or motion.displacement > best[0]:
                best = motion.displacement, candidate
        candidate = max(candidate + 1, round(1.4 * candidate))
    if best is None:
        share = max(each.followed for each in seen)
        raise InputError(
            f"in '{clip.name}' only {100 * share:.0f} % of the corners are found again in a neighbouring frame; "
            f"expected {100 * FOLLOWED:.0f} % or more: noise, cuts or frames too far apart teach no depth, give "
            "another video"
        )
    if best[0] < LEAST:
        raise InputError(
            f"the camera does not move in '{clip.name}': corners move by {100 * best[0]:.2f} % of the picture's "
            f"diagonal at most; expected {100 * LEAST:.1f} % or more: depth is learned from a moving camera"
        )
    return replace(clip, stride=best[1])
