"""Branching airway: trachea with cartilage rings, carina, two generations of bronchi."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import dot, length, smooth_maximum
from EndoDepthLib.phantoms.fields import SineField
from EndoDepthLib.phantoms.materials import tissue_material
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, unit


@dataclass(frozen=True)
class _Branch:
    """A hollow cone: start (3,) and the way to its end (3,) mm, that way's length squared, radius at both ends."""

    start: Tensor
    axis: Tensor
    squared_length: Tensor
    length_mm: float
    first_mm: float
    last_mm: float


class Airway(Scene):
    """Hollow branches joined with rounded carinas; the endoscope looks down from the trachea or a main bronchus."""

    far_mm = 260.0
    cautious = 0.75

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        super().__init__(rng, device)
        self._radius = float(rng.uniform(6.5, 10.0))
        self.size_mm = self._radius * 2.2
        self._branches: list[_Branch] = []  # each splits in two, narrower and aside
        trunk = np.array([0.0, 0.0, float(rng.uniform(40, 90))])
        self._add_branch(np.array([0.0, 0.0, -60.0]), trunk, self._radius, self._radius * 0.97)
        roll = rng.uniform(0, np.pi)
        ends = self._split(rng, trunk, np.array([0.0, 0.0, 1.0]), self._radius * 0.95, roll, 3.2)
        for end, direction, radius in ends:
            self._split(rng, end, direction, radius, roll + rng.uniform(0.6, 2.2), 2.4)
        self._rings = float(rng.uniform(3.2, 5.0))
        self._ring_height = float(rng.uniform(0.1, 0.5))
        self._relief = SineField.sample(rng, device, self._radius * 0.7, self._radius * 0.035)
        self.materials = [tissue_material(rng, "airway wall", self.size_mm)]
        self._depth = float(rng.uniform(-30, trunk[2] - self._radius * 1.6))
        self._travel, self._offset, self._gaze = Sway(rng, 1, 200.0), Sway(rng, 2), Sway(rng, 3, 120.0)
        self._gaze_size = float(rng.uniform(0.05, 0.35))

    def _add_branch(self, start: np.ndarray, end: np.ndarray, first_mm: float, last_mm: float) -> None:
        axis = self.vector(end - start)
        length_mm = float(np.linalg.norm(end - start))
        self._branches.append(_Branch(self.vector(start), axis, axis @ axis, length_mm, first_mm, last_mm))

    def _split(
        self,
        rng: np.random.Generator,
        start: np.ndarray,
        along: np.ndarray,
        radius: float,
        roll: float,
        relative_length: float,
    ) -> list[tuple[np.ndarray, np.ndarray, float]]:
        side = unit(np.cross(along, np.array([np.cos(roll), np.sin(roll), 0.3])))
        ends = []
        for sign in (1.0, -1.0):
            angle = rng.uniform(0.3, 0.75)
            direction = unit(np.cos(angle) * along + sign * np.sin(angle) * side)
            narrow = radius * rng.uniform(0.62, 0.85)
            end = start + direction * radius * relative_length * rng.uniform(1.2, 2.2)
            self._add_branch(start - along * radius * 0.3, end, narrow, narrow * 0.92)
            ends.append((end, direction, narrow * 0.9))
        return ends

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """See Scene.parts."""
        del time
        cavity = torch.full((len(points),), -1e3, device=points.device)
        for branch in self._branches:
            local = points - branch.start
            along = (dot(local, branch.axis) / branch.squared_length).clamp_(0.0, 1.0)
            offset = length(local.addcmul_(along[:, None], branch.axis, value=-1.0))
            arc = along * branch.length_mm
            rings = (arc * (2 * np.pi / self._rings)).sin_() * (self._ring_height * (branch.first_mm / self._radius))
            widening = along.mul_(branch.last_mm - branch.first_mm).add_(branch.first_mm)
            free = widening.add_(rings).sub_(offset)
            cavity = smooth_maximum(cavity, free, self._radius * 0.18)
        return [cavity + self._relief(points)]

    def path(self, time: float) -> Pose:
        """See Scene.path."""
        z = self._depth + float(self._travel(time)[0]) * self._radius * 0.8
        aside = self._offset(time) * self._radius * 0.22
        gaze = self._gaze(time) * self._gaze_size
        forward = unit(np.array([0.0, 0.0, 1.0]) + gaze * np.array([1.0, 1.0, 0.0]))
        return Pose(np.array([aside[0], aside[1], z]), forward, np.array([0.2 * gaze[2], -1.0, 0.0]))
