"""Which frames a video holds, found by reading its packets once without decoding."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from pathlib import Path

import av.error
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.video.container import open_container
from EndoDepthLib.video.frame_source import Warnings
from EndoDepthLib.video.truncation import missing_bytes


@dataclass(frozen=True)
class PacketIndex:
    """The frames of a video stream in display order: 8 bytes a frame, the only thing that grows with its length.

    pts (N,) int64 ascending in time base units, or None when packets carry no usable times: frames are then known by
    counting alone. key_frames (K,) positions in pts of frames that decoding can start at, key_targets (K,) what to
    seek to for each.
    """

    count: int
    pts: np.ndarray | None
    key_frames: np.ndarray
    key_targets: np.ndarray

    def position(self, pts: int | None) -> int | None:
        """The number of the frame with this time, None when there is none."""
        if self.pts is None or pts is None:
            return None
        place = int(np.searchsorted(self.pts, pts))
        return place if place < self.count and int(self.pts[place]) == pts else None

    def key_before(self, position: int) -> int:
        """Place in key_frames of the last one at or before this frame; -1 when there is none."""
        return int(np.searchsorted(self.key_frames, position, side="right")) - 1


_LEAST_COVERED, _DURATION_SLACK_S = 0.9, 0.5
"""Pictures that cover less of the promised duration, beyond half a second, were lost inside the file."""


def read_packet_index(path: Path, warnings: Warnings) -> PacketIndex:
    """Read all packets; warn of a file that ends early. Raises InputError for a video without frames."""
    container, stream = open_container(path)
    times, key_times, key_targets = array("q"), array("q"), array("q")
    count, damaged, last_dts, timed = 0, 0, None, True
    by_display_time = "matroska" in container.format.name  # Matroska is indexed by pts, the others by dts
    # AVI stores no display times; those libav makes up for codecs that reorder frames in many ways are wrong.
    guessed_times = container.format.name == "avi" and stream.codec_context.name in ("h264", "hevc")
    with container:
        promised = stream.frames
        # Matroska says in its header how long it lasts; audio may last a little longer than the pictures.
        lasts_s = (container.duration or 0) / av.time_base if by_display_time else 0.0
        reordered = int(stream.codec_context.has_b_frames or 0)
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:  # the end of a cut file
                damaged += 1
                break
            if packet is None:
                break
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.is_corrupt:
                damaged += 1
                continue
            count += 1
            last_dts = packet.dts if packet.dts is not None else last_dts
            if packet.pts is None or guessed_times:
                timed = False
                continue
            times.append(packet.pts)
            if packet.is_keyframe:
                key_times.append(packet.pts)
                key_targets.append(packet.pts if by_display_time or packet.dts is None else packet.dts)
    lost = missing_bytes(path)
    if count == 0:
        raise InputError(f"{path} holds no frames; expected a video with at least one")
    pts = np.sort(np.frombuffer(times, dtype=np.int64)) if timed else None
    if pts is not None and np.any(np.diff(pts) <= 0):
        pts = None
    if lost or damaged:
        if pts is None:  # the last frames may follow ones that were cut off; without times that cannot be seen
            count = max(1, count - reordered)
        else:
            pts = _without_gap_at_the_end(pts, last_dts)
            count = len(pts)
    covered_s = 0.0 if pts is None or stream.time_base is None else float((pts[-1] - pts[0]) * stream.time_base)
    short = pts is not None and covered_s < _LEAST_COVERED * lasts_s - _DURATION_SLACK_S
    if lost or damaged or short or promised > count + 2:
        expected = f" of {promised}" if promised > count else ""
        warnings.add(f"{path.name} ends early or is damaged: {count}{expected} frames are readable and used")
    if pts is None:
        return PacketIndex(count, None, np.zeros(0, np.int64), np.zeros(0, np.int64))
    keys = np.frombuffer(key_times, dtype=np.int64)
    targets = np.frombuffer(key_targets, dtype=np.int64)
    order = np.argsort(keys)
    order = order[keys[order] <= pts[-1]]
    return PacketIndex(count, pts, np.searchsorted(pts, keys[order]), targets[order].copy())


def _without_gap_at_the_end(pts: np.ndarray, last_dts: int | None) -> np.ndarray:
    """Leave out the last frames when frames shown before them are missing: their numbers would be wrong.

    Packets are stored in decoding order, so a cut can take a B-frame away that is shown before a frame still there.
    Only times after the last decoding time can be touched by that.
    """
    if last_dts is None or len(pts) < 3:
        return pts
    steps = np.diff(pts)
    tail = np.flatnonzero((pts[1:] > last_dts) & (steps > 1.5 * np.median(steps)))
    return pts[: int(tail[0]) + 1] if len(tail) else pts
