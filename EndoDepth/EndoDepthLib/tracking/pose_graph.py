"""Poses and scales of keyframes that agree best with all links between them (pose graph over similarities).

Strasdat, Montiel and Davison, Scale drift-aware large scale monocular SLAM, RSS 2010.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.spatial.transform import Rotation

from EndoDepthLib.tracking.placing import Link, Placed, Places
from EndoDepthLib.tracking.rigid import inverse

_TURN, _SHIFT, _SCALE = 0.01, 0.01, 0.03
"""What a link is off by: radians, share of the depth, log of the scale."""
_SPREAD = 3.0
_STEPS, _TINY = 25, 1e-6


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
    depth: typical depth, the length that shifts are measured by. Robust, so that a wrong link says little.
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
    start = {node: places.placed[node] for node in nodes}
    now = dict(start)
    # Huber first, since drift makes right links look wrong; what is wrong still says next to nothing afterwards.
    for is_strict in (False, True):
        now.update(_solved(now, links, free, depth, is_strict))
    places.placed.update(now)
    row = set(free)
    for position, keyframe in anchors.items():
        if keyframe in row and position not in start:
            moved, before = places.placed[keyframe], start[keyframe]
            factor = before.disparity_scale / moved.disparity_scale
            entry = places.placed[position]
            pose = moved.pose @ _scaled(inverse(before.pose) @ entry.pose, factor)
            scale = entry.disparity_scale / factor
            places.placed[position] = replace(entry, pose=pose, disparity_scale=scale)


def _solved(
    start: Mapping[int, Placed], links: Sequence[Link], free: Sequence[int], depth: float, is_strict: bool
) -> dict[int, Placed]:
    """Levenberg and Marquardt, reweighted after Huber or (strict) Cauchy; derivatives of each link by differences."""
    row = {node: index for index, node in enumerate(free)}
    now, damping = dict(start), 1e-3
    cost = _cost(now, links, depth, is_strict)
    for _ in range(_STEPS):
        blocks, columns, rows, right = [], [], [], np.zeros(7 * len(links))
        for number, link in enumerate(links):
            off = _off(link, now[link.first], now[link.second], depth)
            length = float(np.linalg.norm(off)) / _SPREAD
            root = np.sqrt(1.0 / (1.0 + length**2) if is_strict else 1.0 / max(1.0, length))
            right[7 * number : 7 * number + 7] = -root * off
            for end in (link.first, link.second):
                if end in row:
                    blocks.append(root * _derivative(link, end, now, off, depth))
                    rows.append(np.repeat(7 * number + np.arange(7), 7))
                    columns.append(np.tile(7 * row[end] + np.arange(7), 7))
        places = (np.concatenate(rows), np.concatenate(columns))
        jacobian = csc_matrix(
            (np.concatenate([block.ravel() for block in blocks]), places), shape=(len(right), 7 * len(free))
        )
        normal = csc_matrix(jacobian.T @ jacobian)
        step = spsolve(normal + damping * diags(normal.diagonal() + 1e-6), jacobian.T @ right).reshape(-1, 7)
        tried = {**now, **{node: _moved(now[node], step[index], depth) for node, index in row.items()}}
        new = _cost(tried, links, depth, is_strict)
        if new < cost:
            gain, now, cost, damping = cost - new, tried, new, damping / 5.0
            if gain < 1e-4 * cost or cost < 1e-9:
                break
        else:
            damping *= 10.0
            if damping > 1e6:
                break
    return {node: now[node] for node in free}


def _cost(now: Mapping[int, Placed], links: Sequence[Link], depth: float, is_strict: bool) -> float:
    lengths = (
        np.array([np.linalg.norm(_off(link, now[link.first], now[link.second], depth)) for link in links]) / _SPREAD
    )
    losses = np.log1p(lengths**2) if is_strict else np.where(lengths <= 1, lengths**2, 2 * lengths - 1)
    return float(losses.sum())


def _derivative(link: Link, end: int, now: Mapping[int, Placed], off: np.ndarray, depth: float) -> np.ndarray:
    """(7, 7): how a link's disagreement changes with a step of one of its ends."""
    result = np.empty((7, 7))
    for axis in range(7):
        moved = _moved(now[end], _TINY * np.eye(7)[axis], depth)
        ends = (moved, now[link.second]) if end == link.first else (now[link.first], moved)
        result[:, axis] = (_off(link, *ends, depth) - off) / _TINY
    return result


def _moved(entry: Placed, step: np.ndarray, depth: float) -> Placed:
    """step: shift in depths, turn in radians, log of the scale; in the frame's own axes."""
    pose = entry.pose.copy()
    pose[:3, 3] += pose[:3, :3] @ (step[:3] * depth)
    pose[:3, :3] = pose[:3, :3] @ Rotation.from_rotvec(step[3:6]).as_matrix()
    return replace(entry, pose=pose, disparity_scale=entry.disparity_scale * float(np.exp(-step[6])))


def _off(link: Link, first: Placed, second: Placed, depth: float) -> np.ndarray:
    """(7,): what a link and the places of its ends disagree by, in units of what a link is off by."""
    unit = link.first_scale / first.disparity_scale
    difference = inverse(second.pose) @ first.pose @ inverse(_scaled(link.found.frame_from_keyframe, unit))
    scale = np.log(link.found.depth_factor * unit * second.disparity_scale)
    turn = Rotation.from_matrix(difference[:3, :3]).as_rotvec()
    return np.concatenate([difference[:3, 3] / (depth * _SHIFT), turn / _TURN, [scale / _SCALE]])
