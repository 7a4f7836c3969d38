"""What tissue, instruments and tubes look like: albedo, mottling, vessels, gloss."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.labels import label_value


@dataclass(frozen=True)
class Material:
    """Appearance of one part of a scene; colours are linear RGB albedo in [0, 1], sizes in mm.

    `patch_*`: a second colour (film, blood, char, mucus) where low-frequency noise is high; `vessel_*`: dark branching
    lines; `gloss`, `sharpness`: strength and Blinn-Phong exponent of the wet highlight; `relief`: slope of fine bumps.
    """

    label: int
    albedo: tuple[float, float, float]
    patch_albedo: tuple[float, float, float]
    patch_cover: float
    patch_mm: float
    mottle: float
    mottle_mm: float
    vessel_strength: float
    vessel_mm: float
    gloss: float
    sharpness: float
    relief: float
    relief_mm: float


# Typical sRGB of each structure and how far it strays (standard deviation per channel).
_TYPICAL_SRGB: dict[str, tuple[tuple[int, int, int], int]] = {
    "colon wall": ((205, 130, 105), 26),
    "polyp": ((205, 115, 95), 28),
    "sinus mucosa": ((205, 120, 112), 28),
    "nasal turbinate": ((200, 95, 92), 28),
    "vocal folds": ((222, 172, 152), 22),
    "glottis": ((150, 75, 68), 25),
    "laryngeal tissue": ((195, 95, 82), 28),
    "laryngeal lesion": ((225, 180, 168), 24),
    "endotracheal tube": ((190, 192, 178), 35),
    "surgical instrument": ((140, 142, 146), 45),
    "liver": ((118, 48, 44), 22),
    "gallbladder": ((196, 172, 128), 34),
    "fat": ((226, 184, 100), 24),
    "bowel": ((214, 142, 122), 26),
    "abdominal wall": ((176, 84, 76), 30),
    "airway wall": ((200, 128, 116), 26),
}
_BLOOD_SRGB, _MUCUS_SRGB, _FILM_SRGB = (120, 18, 18), (214, 190, 120), (225, 200, 185)


def _linear(srgb: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in np.clip(srgb / 255.0, 0.015, 0.97) ** 2.2)
    return red, green, blue


def tissue_material(rng: np.random.Generator, name: str, size_mm: float) -> Material:
    """The usual look of a named structure in a scene whose working distance is about `size_mm`."""
    mean, spread = _TYPICAL_SRGB[name]
    base = np.array(mean) * (1.03, 0.93, 0.95) + rng.normal(0, spread * 0.7) + rng.normal(0, spread * 0.45, size=3)
    patch_choice = (_BLOOD_SRGB, _MUCUS_SRGB, _FILM_SRGB)[rng.integers(3)]
    rigid = name in ("surgical instrument", "endotracheal tube")
    patch = base * rng.uniform(0.25, 0.8) if rigid else np.array(patch_choice) + rng.normal(0, 18, size=3)
    return Material(
        label=label_value(name),
        albedo=_linear(base),
        patch_albedo=_linear(patch),
        patch_cover=float(rng.choice([0.0, 0.1, 0.3], p=[0.55, 0.3, 0.15])),
        patch_mm=size_mm * float(rng.uniform(0.02, 0.06)),
        mottle=float(rng.uniform(0.02, 0.08) if rigid else rng.uniform(0.05, 0.28)),
        mottle_mm=size_mm * float(rng.uniform(0.004, 0.02)),
        vessel_strength=0.0 if rigid else float(rng.choice([0.0, rng.uniform(0.15, 0.75)], p=[0.35, 0.65])),
        vessel_mm=size_mm * float(rng.uniform(0.01, 0.035)),
        gloss=float(rng.uniform(0.05, 0.9)),
        sharpness=float(2.0 ** rng.uniform(4.0, 9.5)),
        relief=float(rng.uniform(0.0, 0.06) if rigid else rng.uniform(0.02, 0.3)),
        relief_mm=size_mm * float(rng.uniform(0.004, 0.02)),
    )


def recolored(rng: np.random.Generator, material: Material) -> Material:
    """The same structure in colours that mean nothing, so that a network cannot read albedo as depth."""

    def any_color() -> tuple[float, float, float]:
        # Reds remain the commonest hue; lightness spans nearly black to nearly white.
        hue = float(rng.normal(0.02, 0.06) if rng.random() < 0.6 else rng.random())
        srgb = np.array(colorsys.hls_to_rgb(hue % 1.0, rng.uniform(0.07, 0.9), rng.uniform(0.05, 0.9))) * 255.0
        return _linear(srgb)

    changes = {
        "albedo": any_color(),
        "patch_albedo": any_color(),
        "patch_cover": float(rng.choice([0.0, 0.2, 0.5, 0.8])),
    }
    values = {f.name: getattr(material, f.name) for f in fields(material)}
    values.update(changes, patch_mm=material.patch_mm * float(rng.uniform(1.0, 4.0)))
    return Material(**values)


class MaterialTable:
    """Materials of a scene's parts as tensors, looked up by part index."""

    def __init__(self, materials: list[Material], device: torch.device) -> None:
        self.labels = torch.tensor([m.label for m in materials], dtype=torch.uint8, device=device)
        self._columns = {
            f.name: torch.tensor([getattr(m, f.name) for m in materials], dtype=torch.float32, device=device)
            for f in fields(Material)
            if f.name != "label"
        }

    def look_up(self, name: str, part: Tensor) -> Tensor:
        """Property `name` for part indices (N,): (N,) or (N, 3)."""
        return self._columns[name][part]
