"""Frames one after the other, each aligned to a keyframe; where tracking is lost, a new submap begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.tracking.direct_alignment import AlignableFrame, Alignment, agreement, align
from EndoDepthLib.tracking.evidence import SequenceEvidence
from EndoDepthLib.tracking.following import KnownPoints, follow_points, pose_from_points
from EndoDepthLib.tracking.placing import DIRECT, Link, Placed, Places
from EndoDepthLib.tracking.rigid import angle_deg, inverse

_LEAST_OVERLAP, _LEAST_CORRELATION, _LARGEST_DEPTH_ERROR = 0.35, 0.35, 0.25
_KEYFRAME_OVERLAP, _KEYFRAME_CORRELATION, _KEYFRAME_ANGLE_DEG = 0.8, 0.6, 12.0
_LEAST_COVERAGE = 0.05
_LEAST_SUBMAP = 3
_CORNERS = 300


@dataclass
class _Keyframe:
    """What frames are aligned to, and how the last one was: frame_from_keyframe, depth factor, and its step before."""

    position: int
    frame: AlignableFrame
    placed: Placed
    last: tuple[np.ndarray, float]
    velocity: np.ndarray


class DirectTracker:
    """Places frames by direct alignment, starting from what is placed already.

    links: from each keyframe to the next, and to frames placed before that it leads to; anchors: the keyframe that each
    frame was aligned to.
    """

    def __init__(
        self, evidence: SequenceEvidence, places: Places, progress: Callable[[str, int, int], None] | None = None
    ) -> None:
        self._evidence, self._places, self._progress = evidence, places, progress
        self._keyframe: _Keyframe | None = None
        self._before: _Keyframe | None = None
        self._begun: dict[int, str] = {}
        self.links: list[Link] = []
        self.anchors: dict[int, int] = {}

    def run(self) -> None:
        """Place every frame that is not: from placed ones forwards and backwards, then in submaps of their own.

        Frames that cannot be placed are lost, with the reason.
        """
        count = len(self._evidence)
        if self._places.placed:
            self._pass(range(count), may_begin=False)
            self._pass(range(count - 1, -1, -1), may_begin=False)
        self._pass(range(count), may_begin=True)
        self._end_short_submaps()

    def _pass(self, order: Iterable[int], may_begin: bool) -> None:
        self._keyframe = self._before = None
        placed_before = set(self._places.placed)
        nearest: int | None = None
        for position in order:
            if position in placed_before:
                self._arrive(position)
                nearest, self._keyframe = position, None
                continue
            if self._keyframe is None and nearest is not None:
                self._keyframe = self._as_keyframe(nearest)
            self._step(position, may_begin)
            if self._progress is not None:
                self._progress("aligning frames", len(self._places.placed), len(self._evidence))

    def _arrive(self, position: int) -> None:
        """Link the last keyframe to a frame that was placed before."""
        if self._keyframe is None or self._places.placed[self._keyframe.position].method != DIRECT:
            return
        frame = AlignableFrame(self._evidence[position], self._evidence.camera)
        found = self._aligned(self._keyframe, position, frame)
        if found is not None and _complaint(found) is None:
            self._link(self._keyframe, position, found)

    def _link(self, keyframe: _Keyframe, position: int, found: Alignment) -> None:
        self.links.append(Link(keyframe.position, position, found, keyframe.placed.disparity_scale))

    def _as_keyframe(self, position: int, velocity: np.ndarray | None = None) -> _Keyframe:
        placed = self._places.placed[position]
        frame = AlignableFrame(self._evidence[position], self._evidence.camera, placed.disparity_scale)
        return _Keyframe(position, frame, placed, (np.eye(4), 1.0), np.eye(4) if velocity is None else velocity)

    def _step(self, position: int, may_begin: bool) -> None:
        frame = AlignableFrame(self._evidence[position], self._evidence.camera)
        if frame.coverage < _LEAST_COVERAGE:
            self._places.lost[position] = f"only {frame.coverage:.0%} of the picture shows still tissue of known depth"
            return
        reason = "no frame before it is placed"
        for keyframe in (self._keyframe, self._before):
            if keyframe is None:
                continue
            found = self._aligned(keyframe, position, frame)
            complaint = _complaint(found)
            if found is not None and complaint is None:
                self._accept(keyframe, position, found)
                return
            reason = f"it does not fit frame {keyframe.position}: {complaint}"
        if not may_begin:
            self._places.lost[position] = reason
            return
        submap = 1 + max((placed.submap for placed in self._places.placed.values()), default=-1)
        self._places.lost.pop(position, None)
        self._places.placed[position] = Placed(np.eye(4), 1.0, DIRECT, submap)
        self._begun[submap] = reason
        if self._keyframe is not None and self._size_of(self._keyframe.placed.submap) >= _LEAST_SUBMAP:
            self._before = self._keyframe
        self._keyframe = self._as_keyframe(position)

    def _aligned(self, keyframe: _Keyframe, position: int, frame: AlignableFrame) -> Alignment | None:
        """The best of what several guesses lead to: moving on as before, standing still, corners that are followed."""
        still, factor = keyframe.last
        guesses = [keyframe.velocity @ still, still]
        from_corners = self._guess_from_corners(keyframe, position)
        guesses += [] if from_corners is None else [from_corners]
        guesses.sort(key=lambda guess: -agreement(keyframe.frame, frame, guess, factor))
        results = [align(keyframe.frame, frame, guess, factor) for guess in guesses[:2]]
        good = [result for result in results if result is not None]
        return max(good, key=lambda result: result.correlation * result.overlap, default=None)

    def _guess_from_corners(self, keyframe: _Keyframe, position: int) -> np.ndarray | None:
        """frame_from_keyframe by corners of the keyframe, with its depth, that are followed into the frame."""
        known, scale = self._evidence[keyframe.position], keyframe.placed.disparity_scale
        corners = cv2.goodFeaturesToTrack(known.grey, _CORNERS, 0.01, 5, mask=(known.weight > 0.05).astype(np.uint8))
        if corners is None or not len(corners):
            return None
        pixels = corners.reshape(-1, 2).astype(np.float64)
        ends, good = follow_points(self._evidence, keyframe.position, position, pixels)
        column, row = np.rint(pixels[good]).astype(int).T
        depth = 1.0 / (scale * known.disparity[row, column].astype(np.float64))
        answer = pose_from_points(
            self._evidence, KnownPoints(ends[good], self._evidence.rays[row, column] * depth[:, None])
        )
        return None if answer is None else inverse(answer[0])

    def _accept(self, keyframe: _Keyframe, position: int, found: Alignment) -> None:
        keyframe.velocity = found.frame_from_keyframe @ inverse(keyframe.last[0])
        keyframe.last = (found.frame_from_keyframe, found.depth_factor)
        pose = keyframe.placed.pose @ inverse(found.frame_from_keyframe)
        self._places.placed[position] = Placed(pose, 1.0 / found.depth_factor, DIRECT, keyframe.placed.submap)
        self._places.lost.pop(position, None)
        self.anchors[position] = keyframe.position
        self._keyframe, self._before = keyframe, None
        turned = angle_deg(found.frame_from_keyframe[:3, :3]) > _KEYFRAME_ANGLE_DEG
        if turned or found.overlap < _KEYFRAME_OVERLAP or found.correlation < _KEYFRAME_CORRELATION:
            self._link(keyframe, position, found)
            self._keyframe = self._as_keyframe(position, keyframe.velocity)

    def _size_of(self, submap: int) -> int:
        return sum(placed.submap == submap for placed in self._places.placed.values())

    def _end_short_submaps(self) -> None:
        """Frames that stand almost alone are lost; the submaps that stay are numbered without gaps."""
        placed = self._places.placed
        for submap, reason in self._begun.items():
            members = [position for position, entry in placed.items() if entry.submap == submap]
            if len(members) < _LEAST_SUBMAP:
                for position in members:
                    del placed[position]
                    self._places.lost[position] = reason
        self.links = [link for link in self.links if link.first in placed and link.second in placed]
        numbers = {old: new for new, old in enumerate(sorted({entry.submap for entry in placed.values()}))}
        for position, entry in placed.items():
            placed[position] = Placed(entry.pose, entry.disparity_scale, entry.method, numbers[entry.submap])


def _complaint(found: Alignment | None) -> str | None:
    """Why an alignment does not hold; None: it does."""
    if found is None or found.overlap < _LEAST_OVERLAP:
        return "hardly anything of it is seen again"
    if found.correlation < _LEAST_CORRELATION:
        return f"the pictures agree with a correlation of {found.correlation:.2f} only ({_LEAST_CORRELATION} is needed)"
    if found.depth_error > _LARGEST_DEPTH_ERROR:
        return f"their depths differ by {found.depth_error:.0%} in the median"
    return None
