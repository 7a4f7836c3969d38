"""Laparoscopic cavity: abdominal wall, liver with its edge, gallbladder, fat, bowel loops, instruments entering."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import capsule, ellipsoid, ring_tube
from EndoDepthLib.phantoms.fields import SineField
from EndoDepthLib.phantoms.materials import tissue_material
from EndoDepthLib.phantoms.scenes.instrument import Instrument
from EndoDepthLib.phantoms.scenes.scene import Pose, Scene, Sway, unit


class Laparoscopy(Scene):
    """World axes: x right, y down (towards the back), z towards the organs; the liver is usually upper left."""

    far_mm = 420.0
    cautious = 0.62

    def __init__(self, rng: np.random.Generator, device: torch.device) -> None:
        super().__init__(rng, device)
        self.size_mm = float(rng.uniform(55, 100))
        scale = self.size_mm
        self._relief = SineField.sample(rng, device, scale * 0.35, scale * 0.02)
        self._lumps = SineField.sample(rng, device, scale * 0.12, scale * 0.016)
        mirror = float(rng.choice([-1.0, 1.0], p=[0.7, 0.3]))

        self._dome = self.vector(scale * rng.uniform([1.1, 0.9, 1.3], [1.9, 1.5, 2.3]))
        self._dome_center = self.vector([0.0, 0.0, scale * rng.uniform(0.2, 0.7)])
        self.materials = [tissue_material(rng, "abdominal wall", scale)]

        self._liver: list[tuple[Tensor, Tensor, Tensor]] = []
        liver_look = tissue_material(rng, "liver", scale)
        # A lobe is a flattened ellipsoid tilted so that its sharp edge points down and towards the camera.
        for lobe in range(int(rng.integers(1, 3))):
            center = scale * np.array(
                [mirror * (rng.uniform(-0.75, -0.1) + 0.95 * lobe), rng.uniform(-0.75, -0.1), rng.uniform(0.75, 1.3)]
            )
            axes = scale * rng.uniform([0.55, 0.22, 0.5], [1.1, 0.42, 0.9])
            self._liver.append((self.vector(center), self.vector(axes), self.vector(_tilt(rng, 0.55))))
            self.materials.append(liver_look)
            self.blends_mm.append(0.0)

        self._bladder: list[tuple[Tensor, Tensor, float, float]] = []
        if rng.random() < 0.75:
            fundus = scale * np.array(
                [mirror * rng.uniform(-0.45, 0.2), rng.uniform(-0.25, 0.25), rng.uniform(0.6, 0.95)]
            )
            neck = fundus + scale * unit(
                np.array([mirror * rng.uniform(-0.3, 0.6), rng.uniform(-0.6, 0.7), rng.uniform(0.1, 0.9)])
            ) * rng.uniform(0.3, 0.55)
            width = scale * rng.uniform(0.09, 0.17)
            self._bladder.append(
                (self.vector(fundus), self.vector(neck), float(width), float(width * rng.uniform(0.3, 0.7)))
            )
            self.materials.append(tissue_material(rng, "gallbladder", scale))
            self.blends_mm.append(float(rng.choice([0.0, 0.04 * scale])))

        self._fat: list[tuple[Tensor, Tensor]] = []
        fat_look = tissue_material(rng, "fat", scale)
        for _ in range(int(rng.integers(1, 4))):
            center = scale * np.array([rng.uniform(-0.9, 0.9), rng.uniform(0.1, 0.8), rng.uniform(0.6, 1.4)])
            self._fat.append(
                (self.vector(center), self.vector(scale * rng.uniform([0.3, 0.15, 0.25], [0.75, 0.4, 0.6])))
            )
            self.materials.append(fat_look)
            self.blends_mm.append(0.02 * scale)

        self._bowel: list[tuple[Tensor, Tensor, float, float, float]] = []
        bowel_look = tissue_material(rng, "bowel", scale)
        for _ in range(int(rng.integers(0, 4))):
            self._add_loop(rng, scale)
            self.materials.append(bowel_look)
            self.blends_mm.append(0.0)

        self._place = scale * rng.uniform([-0.3, -0.3, -0.25], [0.3, 0.3, 0.2])
        self._target = scale * np.array([rng.uniform(-0.4, 0.4), rng.uniform(-0.35, 0.35), 1.0])
        self._drift, self._gaze = Sway(rng, 3, 160.0), Sway(rng, 3, 130.0)
        self._roll = float(rng.normal(0, 0.25))
        self._instruments = []
        for _ in range(int(rng.choice([0, 1, 2], p=[0.35, 0.4, 0.25]))):
            tool = Instrument(rng, device, self.path(0.0), scale, scale * float(rng.uniform(0.022, 0.055)))
            self._instruments.append(tool)
            self.materials += tool.materials(rng)
            self.blends_mm += [0.0, 0.0]
        self.shaft_diameters_mm = tuple(tool.shaft_diameter_mm for tool in self._instruments)

    def _add_loop(self, rng: np.random.Generator, scale: float) -> None:
        middle = scale * np.array([rng.uniform(-0.8, 0.8), rng.uniform(0.25, 0.9), rng.uniform(0.7, 1.4)])
        radius = scale * float(rng.uniform(0.08, 0.17))
        ring = radius * float(rng.uniform(1.4, 3.5))
        haustra = radius * float(rng.uniform(0.0, 0.14))
        self._bowel.append((self.vector(middle), self.vector(_tilt(rng, 0.8)), ring, radius, haustra))

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """See Scene.parts."""
        relief = self._relief(points)
        # Shifting the lumps by the slower relief breaks up the regular pattern of a sum of waves.
        lumps = self._lumps(points + 1.5 * relief[:, None])
        parts = [-ellipsoid(points, self._dome_center, self._dome) + 1.5 * relief + 0.15 * lumps]
        parts += [ellipsoid(points, *lobe) + 0.5 * relief for lobe in self._liver]
        parts += [capsule(points, *bladder) + 0.4 * relief + 0.05 * lumps for bladder in self._bladder]
        parts += [ellipsoid(points, *fat) + relief + lumps for fat in self._fat]
        for middle, rotation, ring, radius, haustra in self._bowel:
            distance, arc = ring_tube(points, middle, rotation, ring, radius)
            # A whole number of haustra goes round the ring, or a seam would show.
            waves = round(2.5 * ring / radius) / ring
            parts.append(distance + haustra * torch.sin(arc * waves) + 0.5 * relief + 0.05 * lumps)
        for tool in self._instruments:
            parts += tool.parts(points, time)
        return parts

    def path(self, time: float) -> Pose:
        """See Scene.path."""
        position = self._place + self._drift(time) * self.size_mm * 0.07
        target = self._target + self._gaze(time) * self.size_mm * 0.1
        up = np.array([np.sin(self._roll), -np.cos(self._roll), 0.1])
        return Pose(position, unit(target - position), up)


def _tilt(rng: np.random.Generator, size_rad: float) -> np.ndarray:
    """A rotation (3, 3) about a random axis by an angle of about `size_rad`."""
    axis = unit(rng.normal(size=3))
    angle = rng.normal() * size_rad
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)
