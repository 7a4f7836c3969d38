"""Narrow nasal and sinus cavity: septum on one side, curled turbinates hanging from the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import box
from EndoDepthLib.phantoms.fields import SineField
from EndoDepthLib.phantoms.materials import tissue_material
from EndoDepthLib.phantoms.scenes.instrument import Instrument
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, unit


@dataclass(frozen=True)
class _Turbinate:
    """A thick tube along z whose middle wanders as (x, y) + a slow wave, with rounded ends; all mm."""

    x: float
    y: float
    droop: float
    wave: float
    rate: float
    phase: float
    radius: float
    flat: float
    start: float
    stop: float

    def distance(self, points: Tensor) -> Tensor:
        z = points[:, 2]
        x = points[:, 0] - self.x - self.wave * torch.sin(z * self.rate + self.phase)
        y = (points[:, 1] - self.y - self.droop * z * z) / self.flat
        beyond = z - z.clamp(self.start, self.stop)
        return torch.sqrt(x * x + y * y + beyond * beyond + 1e-9) - self.radius


class Sinus(Scene):
    """A slit-like passage extruded in z with uneven walls; turbinates are thick bent tubes along it."""

    far_mm = 160.0
    cautious = 0.7

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        super().__init__(rng, device)
        self._half_width = float(rng.uniform(5.0, 12.0))
        self._half_height = float(rng.uniform(11.0, 22.0))
        self.size_mm = float(rng.uniform(14, 30))
        self._end = float(rng.uniform(30, 80))
        self._side = float(rng.choice([-1.0, 1.0]))  # where the turbinates hang
        self._relief = SineField.sample(rng, device, 14.0, float(rng.uniform(0.4, 1.6)))
        self._rough = SineField.sample(rng, device, 4.0, float(rng.uniform(0.05, 0.25)))
        self._taper = float(rng.uniform(-0.03, 0.06))
        self.materials = [tissue_material(rng, "sinus mucosa", self.size_mm)]
        self._turbinates: list[_Turbinate] = []
        heights = np.linspace(-0.6, 0.6, 3)[rng.permutation(3)[: int(rng.integers(1, 4))]]
        look = tissue_material(rng, "nasal turbinate", self.size_mm)
        for height in heights:
            self._add_turbinate(rng, float(height))
            self.materials.append(look if rng.random() < 0.7 else tissue_material(rng, "nasal turbinate", self.size_mm))
            self.blends_mm.append(float(rng.uniform(0.3, 2.0)))
        self._entrance = float(rng.uniform(-14, self._end * 0.35))
        self._place = rng.uniform(-0.45, 0.45, size=2)
        self._travel, self._offset, self._gaze = Sway(rng, 1, 200.0), Sway(rng, 2), Sway(rng, 3, 120.0)
        self._gaze_size = float(rng.uniform(0.05, 0.45))
        self._instrument = None
        if rng.random() < 0.2:
            self._instrument = Instrument(rng, device, self.path(0.0), 18.0, float(rng.uniform(0.7, 1.5)))
            self.materials += self._instrument.materials(rng)
            self.blends_mm += [0.0, 0.0]

    def _add_turbinate(self, rng: np.random.Generator, height: float) -> None:
        self._turbinates.append(
            _Turbinate(
                x=self._side * self._half_width * float(rng.uniform(0.25, 0.75)),
                y=height * self._half_height,
                droop=float(rng.uniform(-1.0, 3.0)) / self._end**2,
                wave=float(rng.uniform(0.2, 1.3)),
                rate=float(2 * np.pi / rng.uniform(18, 50)),
                phase=float(rng.uniform(0, 6)),
                radius=float(rng.uniform(0.28, 0.55) * self._half_width),
                flat=float(rng.uniform(0.8, 1.7)),
                start=float(rng.uniform(2, 14)),
                stop=self._end * float(rng.uniform(0.6, 1.1)),
            )
        )

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """See Scene.parts."""
        relief = self._relief(points)
        rough = self._rough(points)
        widening = 1.0 + self._taper * points[:, 2] / 10.0
        section = points[:, :2] / widening[:, None].clamp(min=0.6)
        half = self.vector([self._half_width, self._half_height])
        walls = -box(section, half, self._half_width * 0.6) + relief + rough
        end = self._end - points[:, 2] + relief * 2.0
        parts = [torch.minimum(walls, end)]
        parts += [turbinate.distance(points) + 0.5 * relief + rough for turbinate in self._turbinates]
        if self._instrument is not None:
            parts += self._instrument.parts(points, time)
        return parts

    def path(self, time: float) -> Pose:
        """See Scene.path."""
        z = self._entrance + 4.0 * float(self._travel(time)[0])
        aside = self._place + 0.12 * self._offset(time)
        x = -self._side * self._half_width * 0.45 + aside[0] * self._half_width * 0.6
        position = np.array([x, aside[1] * self._half_height, z])
        gaze = self._gaze(time) * self._gaze_size
        forward = unit(np.array([0.25 * self._side + gaze[0], gaze[1], 1.0]))
        return Pose(position, forward, np.array([0.2 * gaze[2], -1.0, 0.0]))
