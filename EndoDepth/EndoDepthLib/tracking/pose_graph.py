"""Poses and scales of keyframes that agree best with all links between them (pose graph over similarities).

Strasdat, Montiel and Davison, Scale drift-aware large scale monocular SLAM, RSS 2010.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares
from scipy.sparse import lil_matrix
from scipy.spatial.transform import Rotation

from EndoDepthLib.tracking.placing import Link, Placed, Places
from EndoDepthLib.tracking.rigid import inverse

_TURN, _SHIFT, _SCALE = 0.01, 0.01, 0.03
"""What a link is off by: radians, share of the depth, log of the scale."""
_STEPS = 60


def merge_submaps(places: Places, links: Sequence[Link]) -> int:
    """Bring submaps that a link joins into one; returns how many were merged away."""
    merged = 0
    for link in links:
        first, second = places.placed[link.first], places.placed[link.second]
        if first.submap == second.submap:
            continue
        # Of the two, the one that began later is moved and scaled.
        keep, move = sorted((first.submap, second.submap))
        unit = link.first_scale / first.disparity_scale
        # Where the second is in the first's world, and the second's unit in the first's.
        target = first.pose @ inverse(_scaled(link.found.frame_from_keyframe, unit))
        factor = link.found.depth_factor * unit * second.disparity_scale
        if move == first.submap:
            there = second.pose @ _scaled(inverse(target) @ first.pose, 1 / factor)
            _move(places, move, keep, there, first.pose, 1 / factor)
        else:
            _move(places, move, keep, target, second.pose, factor)
        merged += 1
    numbers = {old: new for new, old in enumerate(sorted({entry.submap for entry in places.placed.values()}))}
    for position, entry in places.placed.items():
        places.placed[position] = replace(entry, submap=numbers[entry.submap])
    return merged


def _scaled(pose: np.ndarray, factor: float) -> np.ndarray:
    result = pose.copy()
    result[:3, 3] *= factor
    return result


def _move(places: Places, submap: int, into: int, target: np.ndarray, now: np.ndarray, factor: float) -> None:
    """Move a submap so that its frame at `now` comes to `target`, lengths times factor."""
    for position, entry in places.placed.items():
        if entry.submap == submap:
            pose = target @ _scaled(inverse(now) @ entry.pose, factor)
            places.placed[position] = replace(
                entry, pose=pose, disparity_scale=entry.disparity_scale / factor, submap=into
            )


def optimise(
    places: Places, links: Sequence[Link], fixed: Collection[int], anchors: Mapping[int, int], depth: float
) -> None:
    """Move keyframes (the ends of the links) to agree with all links, and every frame with the keyframe it hangs on.

    fixed: positions that stay; the first keyframe of every submap does too. anchors: keyframe of each other frame.
    depth: typical depth, the length that shifts are measured by. Huber's loss, so that a wrong link says little.
    """
    nodes = sorted({end for link in links for end in (link.first, link.second)})
    stay = set(fixed)
    for submap in {places.placed[node].submap for node in nodes}:
        members = [node for node in nodes if places.placed[node].submap == submap]
        if not stay & set(members):
            stay.add(members[0])
    free = [node for node in nodes if node not in stay]
    if not free:
        return
    row = {node: index for index, node in enumerate(free)}
    start = {node: places.placed[node] for node in nodes}
    solved = least_squares(
        _residuals,
        np.zeros(7 * len(free)),
        jac_sparsity=_sparsity(links, row),
        loss="huber",
        max_nfev=_STEPS,
        args=(links, row, start, depth),
    ).x.reshape(-1, 7)
    for node, step in zip(free, solved, strict=True):
        _place(places, node, _moved(start[node], step, depth))
    for position, keyframe in anchors.items():
        if keyframe in row and position not in start:
            moved, before = places.placed[keyframe], start[keyframe]
            factor = before.disparity_scale / moved.disparity_scale
            entry = places.placed[position]
            pose = moved.pose @ _scaled(inverse(before.pose) @ entry.pose, factor)
            _place(places, position, replace(entry, pose=pose, disparity_scale=entry.disparity_scale / factor))


def _place(places: Places, position: int, entry: Placed) -> None:
    places.placed[position] = entry


def _moved(entry: Placed, step: np.ndarray, depth: float) -> Placed:
    """step: shift in depths, turn in radians, log of the scale; in the frame's own axes."""
    pose = entry.pose.copy()
    pose[:3, 3] += pose[:3, :3] @ (step[:3] * depth)
    pose[:3, :3] = pose[:3, :3] @ Rotation.from_rotvec(step[3:6]).as_matrix()
    return replace(entry, pose=pose, disparity_scale=entry.disparity_scale * float(np.exp(-step[6])))


def _residuals(
    values: np.ndarray, links: Sequence[Link], row: Mapping[int, int], start: Mapping[int, Placed], depth: float
) -> np.ndarray:
    steps = values.reshape(-1, 7)
    now = {node: _moved(start[node], steps[row[node]], depth) if node in row else start[node] for node in start}
    off = np.empty((len(links), 7))
    for number, link in enumerate(links):
        first, second = now[link.first], now[link.second]
        unit = link.first_scale / first.disparity_scale
        difference = inverse(second.pose) @ first.pose @ inverse(_scaled(link.found.frame_from_keyframe, unit))
        off[number, :3] = difference[:3, 3] / (depth * _SHIFT)
        off[number, 3:6] = Rotation.from_matrix(difference[:3, :3]).as_rotvec() / _TURN
        wanted = link.found.depth_factor * unit
        off[number, 6] = np.log(wanted * second.disparity_scale) / _SCALE
    return off.ravel()


def _sparsity(links: Sequence[Link], row: Mapping[int, int]) -> lil_matrix:
    pattern = lil_matrix((7 * len(links), 7 * len(row)), dtype=int)
    for number, link in enumerate(links):
        for end in (link.first, link.second):
            if end in row:
                pattern[7 * number : 7 * number + 7, 7 * row[end] : 7 * row[end] + 7] = 1
    return pattern
