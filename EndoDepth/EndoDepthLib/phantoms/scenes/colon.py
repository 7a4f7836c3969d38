"""Tubular colon: bends, haustral folds, three taeniae, sessile and pedunculated polyps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import capsule, ellipsoid, smooth_minimum
from EndoDepthLib.phantoms.fields import SineField
from EndoDepthLib.phantoms.materials import tissue_material
from EndoDepthLib.phantoms.scenes.instrument import Instrument
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, unit


class Colon(Scene):
    """A tube along a winding centreline; the endoscope goes to and fro in it."""

    far_mm = 320.0
    cautious = 0.5

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        super().__init__(rng, device)
        self._radius = float(rng.uniform(16, 30))
        self.size_mm = self._radius * 2.0
        # The centreline is x(z), y(z): slow sines whose slope (0.8 at most) decides how soon the lumen bends away.
        slopes = rng.uniform(0.0, 0.45, size=(2, 2))
        periods = rng.uniform(70, 220, size=(2, 2))
        self._bend_rates = 2 * np.pi / periods
        self._bend_sizes = slopes / self._bend_rates
        self._bend_phases = rng.uniform(0, 2 * np.pi, size=(2, 2))
        self._fold_period = float(rng.uniform(14, 36))
        self._fold_width = float(rng.uniform(0.13, 0.24))
        # A ridge steeper than about 60 degrees would break the distance function's promise.
        steepest = 1.7 * self._fold_width * self._fold_period
        self._fold_height = min(float(rng.uniform(0.08, 0.5)) * self._radius, steepest)
        self._fold_phase = float(rng.uniform(0, 10))
        self._taenia_phase = float(rng.uniform(0, 2 * np.pi))
        self._taenia_depth = float(rng.uniform(0.0, 0.16))
        self._taenia_gate = float(rng.uniform(0.0, 0.8))
        self._fold_slant = float(rng.uniform(-0.35, 0.35))
        self._relief = SineField.sample(rng, device, self._radius * 0.8, self._radius * 0.035)
        self._rough = SineField.sample(rng, device, self._radius * 0.22, self._radius * 0.006)
        self._length = float(rng.uniform(90, 240))
        self._start = float(rng.uniform(-100, 100))
        self._travel = Sway(rng, 1, 220.0)
        self._offset, self._gaze = Sway(rng, 3), Sway(rng, 3, 120.0)
        self._gaze_size = float(rng.uniform(0.05, 0.5))
        self._gaze_ahead = float(rng.uniform(0.7, 1.8)) * self._radius

        self.materials = [tissue_material(rng, "colon wall", self.size_mm)]
        self._polyps: list[tuple[Tensor, Tensor, Tensor, float]] = []
        for _ in range(int(rng.integers(0, 5))):
            self._add_polyp(rng)
        self._instrument = None
        if rng.random() < 0.12:
            self._instrument = Instrument(rng, device, self.path(0.0), self._radius * 1.6, float(rng.uniform(0.9, 1.6)))
            self.materials += self._instrument.materials(rng)
            self.blends_mm += [0.0, 0.0]

    def _add_polyp(self, rng: np.random.Generator) -> None:
        z = self._start + rng.uniform(-0.2, 1.0) * self._radius * 5
        theta, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.36) * self._radius
        center = self._center(z)
        outward = np.array([np.cos(theta), np.sin(theta), 0.0])
        ring = self.vector([np.append(center + outward[:2] * 0.5, z)])
        wall = 0.5 + float(self._wall(ring)[0])
        height = rng.uniform(0.1, 1.3) * size
        base = np.append(center, z) + outward * wall
        middle = base - outward * height
        axes = size * rng.uniform(0.75, 1.25, size=3)
        self._polyps.append((self.vector(middle), self.vector(axes), self.vector(base + outward), float(size * 0.35)))
        self.materials.append(tissue_material(rng, "polyp", self.size_mm))
        self.blends_mm.append(float(size * rng.uniform(0.15, 0.6)))

    def _center(self, z: float) -> np.ndarray:
        return (self._bend_sizes * np.sin(self._bend_rates * z + self._bend_phases)).sum(axis=1)

    def _wall(self, points: Tensor) -> Tensor:
        z = points[:, 2]
        arguments = [
            z * float(r) + float(p) for r, p in zip(self._bend_rates.flat, self._bend_phases.flat, strict=True)
        ]
        sizes = [float(s) for s in self._bend_sizes.flat]
        x = points[:, 0] - sizes[0] * torch.sin(arguments[0]) - sizes[1] * torch.sin(arguments[1])
        y = points[:, 1] - sizes[2] * torch.sin(arguments[2]) - sizes[3] * torch.sin(arguments[3])
        radial = torch.sqrt(x * x + y * y + 1e-6)
        triple = torch.cos(3.0 * torch.atan2(y, x) + self._taenia_phase)
        # Folds: narrow ridges once a period, slanted, interrupted at the taeniae, uneven in height.
        phase = (z + self._fold_slant * x) / self._fold_period + self._fold_phase
        within = torch.remainder(phase, 1.0) - 0.5
        which = torch.floor(phase)
        uneven = 0.65 + 0.35 * torch.sin(which * 12.9898 + 4.0)
        ridge = torch.exp(-((within / self._fold_width) ** 2)) * uneven
        gate = 1.0 - self._taenia_gate * (0.5 + 0.5 * triple)
        radius = self._radius * (1.0 + self._taenia_depth * triple) - self._fold_height * ridge * gate
        wall = radius - radial + self._relief(points) + self._rough(points)
        end = self._start + self._length - z
        return smooth_minimum(wall, end, self._radius * 0.8)

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """See Scene.parts."""
        parts = [self._wall(points)]
        for center, axes, base, stalk in self._polyps:
            head = ellipsoid(points, center, axes) + 0.12 * self._rough(points * 2.0)
            parts.append(smooth_minimum(head, capsule(points, base, center, stalk, stalk), stalk))
        if self._instrument is not None:
            parts += self._instrument.parts(points, time)
        return parts

    def path(self, time: float) -> Pose:
        """See Scene.path."""
        z = self._start + 0.35 * self._radius * float(self._travel(time)[0]) * 2.0
        aside = self._offset(time) * self._radius * 0.22
        position = np.append(self._center(z), z) + np.append(aside[:2], 0.0)
        ahead = np.append(self._center(z + self._gaze_ahead), z + self._gaze_ahead)
        gaze = self._gaze(time) * self._gaze_size
        forward = unit(ahead - position + gaze * self._radius)
        return Pose(position, forward, np.array([0.15 * gaze[0], -1.0, 0.1]))
