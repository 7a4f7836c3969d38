"""Smooth random fields over space: what makes phantom tissue uneven, mottled and vessel-bearing.

Two kinds. A `SineField` is a sum of plane waves: cheap enough to sit inside the distance function. A `NoiseVolume` is a
periodic volume with a power-law spectrum, made once by FFT and looked up trilinearly: rich, with its gradient for free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class SineField:
    """Sum of plane waves: waves (K, 3) rad/mm, phases (K,), amplitudes (K,)."""

    waves: Tensor
    phases: Tensor
    amplitudes: Tensor

    @classmethod
    def sample(
        cls, rng: np.random.Generator, device: torch.device, wavelength_mm: float, amplitude: float, waves: int = 6
    ) -> SineField:
        """Random directions; wavelengths between half and twice `wavelength_mm`; RMS value about `amplitude`."""
        directions = rng.normal(size=(waves, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = wavelength_mm * 2.0 ** rng.uniform(-1.0, 1.0, size=(waves, 1))
        # Longer waves carry more relief, as in tissue, and a bounded slope keeps the distance function honest.
        weights = lengths[:, 0] / np.sqrt((lengths[:, 0] ** 2).mean()) * amplitude * np.sqrt(2.0 / waves)
        return cls(
            torch.tensor(2.0 * np.pi * directions / lengths, dtype=torch.float32, device=device),
            torch.tensor(rng.uniform(0, 2 * np.pi, size=waves), dtype=torch.float32, device=device),
            torch.tensor(weights, dtype=torch.float32, device=device),
        )

    def __call__(self, points: Tensor) -> Tensor:
        """Value (N,) at points (N, 3) mm."""
        # One wave a row: several times quicker than one a column, for the multiplication and for the sine.
        return self.amplitudes @ torch.addmm(self.phases[:, None], self.waves, points.T).sin_()


_BANK_SIZE = 12


@lru_cache(maxsize=_BANK_SIZE)
def _from_bank(number: int, device: str) -> NoiseVolume:
    return NoiseVolume.shaped(np.random.default_rng([20240, number]), torch.device(device))


@dataclass(frozen=True)
class NoiseVolume:
    """Periodic noise and its gradient: channels (1, 4, S, S, S) = value (unit variance), d/dx, d/dy, d/dz per cell."""

    channels: Tensor

    @classmethod
    def sample(cls, rng: np.random.Generator, device: torch.device) -> NoiseVolume:
        """One of a small bank of volumes: their FFTs would otherwise cost as much as a frame for every clip."""
        return _from_bank(int(rng.integers(_BANK_SIZE)), str(device))

    @classmethod
    def shaped(
        cls, rng: np.random.Generator, device: torch.device, size: int = 48, exponent: float = 2.1
    ) -> NoiseVolume:
        """White noise shaped to a spectrum |f|^-exponent, between one period and the cell size."""
        spectrum = np.fft.rfftn(rng.normal(size=(size, size, size)).astype(np.float32))
        full, half = np.fft.fftfreq(size), np.fft.rfftfreq(size)
        fz, fy, fx = np.meshgrid(full, full, half, indexing="ij")
        radius = np.sqrt(fx**2 + fy**2 + fz**2)
        # The lowest and the highest frequencies go: the first are the albedo's own colour, the second alias.
        shape = np.where(radius > 1.5 / size, np.maximum(radius, 1e-9) ** -exponent, 0.0) * (radius < 0.4)
        spectrum *= shape
        value = np.fft.irfftn(spectrum, s=(size, size, size), axes=(0, 1, 2))
        spectrum /= value.std()
        fields = [spectrum] + [spectrum * (2j * np.pi * f) for f in (fx, fy, fz)]
        stack = np.stack([np.fft.irfftn(f, s=(size, size, size), axes=(0, 1, 2)) for f in fields]).astype(np.float32)
        # One wrapped cell behind the end lets grid_sample interpolate across the period.
        stack = np.pad(stack, ((0, 0), (0, 1), (0, 1), (0, 1)), mode="wrap")
        return cls(torch.from_numpy(stack)[None].to(device))

    def __call__(self, points: Tensor, cell_mm: float | Tensor) -> Tensor:
        """Value and gradient per cell (4, N) at points (N, 3) mm; `cell_mm` (scalar or (N,)): size of a cell."""
        size = self.channels.shape[-1] - 1
        cell = cell_mm[:, None] if isinstance(cell_mm, Tensor) else cell_mm
        phase = torch.remainder(points / (cell * size), 1.0)
        grid = (phase * 2.0 - 1.0).view(1, 1, 1, -1, 3)
        looked_up = torch.nn.functional.grid_sample(self.channels, grid, mode="bilinear", align_corners=True)
        return looked_up.view(4, -1)
