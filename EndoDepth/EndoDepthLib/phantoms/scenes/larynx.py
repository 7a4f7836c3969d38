"""Larynx seen from above: funnel of the inlet, false folds, vocal folds with a V-shaped glottis, trachea below."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import capsule, ellipsoid
from EndoDepthLib.phantoms.fields import SineField
from EndoDepthLib.phantoms.materials import tissue_material
from EndoDepthLib.phantoms.scenes.instrument import Instrument
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, unit


class Larynx(Scene):
    """The glottic plane is z = 0, the trachea goes on in z; the slit between the folds opens along y."""

    far_mm = 190.0
    cautious = 0.7

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        super().__init__(rng, device)
        self.size_mm = float(rng.uniform(20, 45))
        self._radius = float(rng.uniform(8.0, 11.0))
        self._funnel = float(rng.uniform(0.1, 0.55))
        self._gap = float(rng.uniform(0.2, 6.0))  # half opening at the wide end of the glottis
        self._least_gap = float(rng.uniform(0.05, 0.8))
        self._fold_width = float(rng.uniform(3.0, 6.5))
        self._fold_half_thickness = float(rng.uniform(0.9, 2.2))
        self._false_gap = self._gap + float(rng.uniform(2.0, 5.0))
        self._false_height = float(rng.uniform(4.5, 9.0))
        self._false_on = rng.random() < 0.8
        self._relief = SineField.sample(rng, device, 9.0, float(rng.uniform(0.2, 0.8)))
        self._rough = SineField.sample(rng, device, 2.5, float(rng.uniform(0.02, 0.12)))
        self._rings = float(rng.uniform(3.0, 5.0))
        self._end = float(rng.uniform(35, 110))
        tissue = tissue_material(rng, "laryngeal tissue", self.size_mm)
        self.materials = [
            tissue,
            tissue_material(rng, "glottis", self.size_mm),
            tissue_material(rng, "vocal folds", self.size_mm),
        ]
        self.blends_mm = [0.0, float(rng.uniform(0.2, 1.2))]
        if self._false_on:
            self.materials.append(tissue)
            self.blends_mm.append(float(rng.uniform(0.3, 2.0)))
        self._lesions: list[tuple[Tensor, Tensor]] = []
        for _ in range(int(rng.choice([0, 1, 2], p=[0.6, 0.3, 0.1]))):
            y, side = rng.uniform(-4, 5), rng.choice([-1.0, 1.0])
            size = rng.uniform(0.8, 2.6)
            x = side * (self._slit_at(y) + rng.uniform(0.0, 2.5))
            middle = self.vector([x, y, -self._fold_half_thickness - rng.uniform(-0.3, 0.6) * size])
            self._lesions.append((middle, self.vector(size * rng.uniform(0.7, 1.3, size=3))))
            self.materials.append(tissue_material(rng, "laryngeal lesion", self.size_mm))
            self.blends_mm.append(float(0.3 * size))
        self._tube: tuple[Tensor, Tensor, float] | None = None
        if rng.random() < 0.35:
            top = self.vector([rng.uniform(-5, 5), rng.uniform(5, 12), -60.0])
            bottom = self.vector([rng.uniform(-1, 1), rng.uniform(2, 5), 50.0])
            self._tube = (top, bottom, float(rng.uniform(2.2, 4.0)))
            self._tube_rings = float(rng.uniform(0.0, 0.25))
            self.materials.append(tissue_material(rng, "endotracheal tube", self.size_mm))
            self.blends_mm.append(0.0)
        self._height = float(rng.uniform(0.5, 1.3) * self.size_mm)
        self._place = rng.uniform(-0.4, 0.4, size=2)
        self._travel, self._offset, self._gaze = Sway(rng, 1, 200.0), Sway(rng, 2), Sway(rng, 3, 120.0)
        self._gaze_size = float(rng.uniform(0.05, 0.3))
        self._up_angle = float(rng.normal(0, 0.5))
        self._instrument = None
        if rng.random() < 0.3:
            self._instrument = Instrument(rng, device, self.path(0.0), self._height, float(rng.uniform(0.8, 2.0)))
            self.materials += self._instrument.materials(rng)
            self.blends_mm += [0.0, 0.0]

    def _slit_at(self, y: float) -> float:
        return self._least_gap + self._gap * float(np.clip((y + 6.0) / 13.0, 0.0, 1.0))

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """See Scene.parts."""
        x, y, z = points[:, 0], points[:, 1], points[:, 2]
        relief, rough = self._relief(points), self._rough(points)
        radial = torch.sqrt(x * x + 0.75 * y * y + 1e-6)
        inlet = self._radius + self._funnel * (-z).clamp(min=0.0) - radial + relief + rough
        # Above the folds the wall is laryngeal tissue, below them it is what is seen through the glottis.
        ringed = 0.25 * torch.sin(z * (2 * np.pi / self._rings))
        trachea = torch.minimum(self._radius * 0.92 - radial + ringed + rough, self._end - z)
        beyond = z - 1.0
        tissue = torch.where(beyond < 0, inlet, torch.maximum(inlet, beyond))
        parts = [tissue, torch.where(beyond > 0, trachea, torch.maximum(trachea, -beyond))]
        slit = self._least_gap + self._gap * ((y + 6.0) / 13.0).clamp(0.0, 1.0)
        depth_in = (z.abs() - self._fold_half_thickness) + 0.4 * relief
        medial = slit - x.abs() + 0.3 * relief
        parts.append(self._shelf(medial, depth_in, 0.8) + rough)
        if self._false_on:
            wide = self._false_gap + 0.3 * y - x.abs() + relief
            parts.append(self._shelf(wide, (z + self._false_height).abs() - 1.6, 1.2) + rough)
        for middle, axes in self._lesions:
            parts.append(ellipsoid(points, middle, axes) + 2.0 * rough)
        if self._tube is not None:
            top, bottom, radius = self._tube
            parts.append(capsule(points, top, bottom, radius, radius) + self._tube_rings * torch.sin(z * 3.0))
        if self._instrument is not None:
            parts += self._instrument.parts(points, time)
        return parts

    def _shelf(self, medial: Tensor, thickness: Tensor, rounding_mm: float) -> Tensor:
        """A shelf reaching from the wall to the slit, with a rounded lip."""
        medial, thickness = medial + rounding_mm, thickness + rounding_mm
        outside = torch.sqrt(medial.clamp(min=0.0) ** 2 + thickness.clamp(min=0.0) ** 2 + 1e-12)
        return outside + torch.maximum(medial, thickness).clamp(max=0.0) - rounding_mm

    def path(self, time: float) -> Pose:
        """See Scene.path."""
        z = -self._height + 2.5 * float(self._travel(time)[0])
        aside = (self._place + 0.1 * self._offset(time)) * self._radius
        gaze = self._gaze(time) * self._gaze_size
        target = np.array([gaze[0] * 8.0, gaze[1] * 8.0, 0.0])
        position = np.array([aside[0], aside[1], z])
        up = np.array([np.sin(self._up_angle), -np.cos(self._up_angle), 0.0])
        return Pose(position, unit(target - position), up)
