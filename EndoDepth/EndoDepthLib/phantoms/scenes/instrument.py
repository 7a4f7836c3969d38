"""A laparoscopic or endoscopic instrument: shaft, wrist and two jaws, entering from the side of the view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import capsule
from EndoDepthLib.phantoms.materials import Material, tissue_material
from EndoDepthLib.phantoms.scenes.scene import Pose, Sway, unit


class Instrument:
    """Shaft and jaws around a tip that sways and, at times, is withdrawn; parts: shaft, metal tip."""

    def __init__(
        self, rng: np.random.Generator, device: torch.device, view: Pose, reach_mm: float, radius_mm: float
    ) -> None:
        self._device = device
        right = unit(np.cross(view.forward, view.up))
        down = np.cross(view.forward, right)
        angle = rng.uniform(0, 2 * np.pi)
        side = np.cos(angle) * right + np.sin(angle) * down
        # The shaft enters beside the endoscope and crosses the view towards a target near its middle.
        self._entry = (
            view.position + side * reach_mm * rng.uniform(0.45, 0.9) + view.forward * reach_mm * rng.uniform(-0.1, 0.35)
        )
        aside = side * rng.uniform(-0.25, 0.35) + np.cross(side, view.forward) * rng.uniform(-0.3, 0.3)
        self._target = view.position + view.forward * reach_mm * rng.uniform(0.45, 0.95) + aside * reach_mm
        self._sway, self._advance = Sway(rng, 3), Sway(rng, 1, period_frames=160.0)
        self._radius, self._reach = radius_mm, reach_mm
        self._opening = rng.uniform(0.0, 0.5)
        self._jaw = radius_mm * rng.uniform(3.0, 7.0)
        self._placed: tuple[float, list[Tensor]] | None = None
        self._roll = unit(rng.normal(size=3))
        self._jaw_radius = radius_mm * rng.uniform(0.3, 0.55)

    @property
    def shaft_diameter_mm(self) -> float:
        """What a caliper would say."""
        return 2.0 * self._radius

    def materials(self, rng: np.random.Generator) -> list[Material]:
        """Shaft (black, grey, white or coloured) and metal tip."""
        tip = tissue_material(rng, "surgical instrument", self._reach)
        shade = float(rng.choice([0.02, 0.08, 0.3, 0.7]))
        tint = np.clip(shade * rng.uniform(0.8, 1.2, size=3), 0.01, 0.95)
        return [
            replace(tip, albedo=(float(tint[0]), float(tint[1]), float(tint[2]))),
            replace(tip, gloss=1.2, sharpness=60.0),
        ]

    def parts(self, points: Tensor, time: float) -> list[Tensor]:
        """Distances (N,) mm of shaft and tip at a time in frames."""
        if self._placed is None or self._placed[0] != time:
            self._placed = (time, self._place(time))
        entry, wrist, *jaw_ends = self._placed[1]
        shaft = capsule(points, entry, wrist, self._radius, self._radius)
        jaws = [capsule(points, wrist, end, self._radius * 0.7, self._jaw_radius * 0.6) for end in jaw_ends]
        return [shaft, torch.minimum(*jaws)]

    def _place(self, time: float) -> list[Tensor]:
        """Entry, wrist and the two jaw ends (3,) mm at a time; kept for the many calls that trace one frame."""
        withdrawn = max(0.0, float(self._advance(time)[0]) - 0.35) * 0.8
        tip = self._target + self._sway(time) * self._reach * 0.06
        axis = unit(tip - self._entry)
        tip = tip - axis * withdrawn * np.linalg.norm(tip - self._entry)
        wrist = tip - axis * self._jaw
        opened = unit(np.cross(axis, self._roll)) * self._jaw * self._opening
        places = (self._entry - axis * self._reach, wrist, tip + opened, tip - opened)
        return [torch.as_tensor(place.astype(np.float32), device=self._device) for place in places]
