"""A scale as it is found, kept and applied."""

from __future__ import annotations

import math
from dataclasses import dataclass

from EndoDepthLib.errors import ScaleError


@dataclass(frozen=True)
class UnitScale:
    """The scale of one unit and the frames that are in it.

    interval_90: low and high, within which the truth lies with 90 % probability; positions: of the kept frames that the
    scale holds for (empty for a surface); used and left_out: how many measurements it rests on, and how many were
    blunders. Raises ScaleError for numbers that are no scale.
    """

    mm_per_unit: float
    interval_90: tuple[float, float]
    positions: tuple[int, ...] = ()
    used: int = 1
    left_out: int = 0

    def __post_init__(self) -> None:
        low, high = self.interval_90
        if not 0.0 < low <= self.mm_per_unit <= high < math.inf:
            raise ScaleError(
                f"a scale of {self.mm_per_unit:g} mm per unit within {low:g} to {high:g} makes no sense; "
                "expected numbers above 0 in order"
            )

    @property
    def relative_width(self) -> float:
        """Width of the interval as a share of the scale."""
        return (self.interval_90[1] - self.interval_90[0]) / self.mm_per_unit

    def text(self) -> str:
        """For people: 0.512 mm per unit (90 %: 0.49 to 0.53)."""
        return f"{self.mm_per_unit:.4g} mm per unit (90 %: {self.interval_90[0]:.4g} to {self.interval_90[1]:.4g})"


@dataclass(frozen=True)
class ScaleEstimate:
    """What one unit of a folder is in millimetres.

    source: one of SOURCES; how: a sentence for people; kind: "results" (every frame may have a unit of its own),
    "tracked" (one unit a submap) or "fused" (one surface); units: at least one. warnings: what to doubt.
    """

    source: str
    how: str
    kind: str
    units: tuple[UnitScale, ...]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.units:
            raise ScaleError(f"no frame got a scale from {self.source}; see what the source needs")

    @property
    def only(self) -> UnitScale | None:
        """The scale where there is one unit, else None."""
        return self.units[0] if len(self.units) == 1 else None

    def unit_of(self, position: int) -> UnitScale | None:
        """The scale of a kept frame, or None where it has none."""
        return next((unit for unit in self.units if position in unit.positions), None)

    @property
    def scale_source(self) -> str:
        """What is kept with everything that is in millimetres by this scale."""
        if self.only is not None:
            return f"{self.source}: {self.how}; {self.only.text()}"
        return f"{self.source}: {self.how}; a scale for each of {len(self.units)} units"


SOURCES = ("known distance", "instrument diameter", "tracked poses", "stereo pair", "CT registration")
"""Where millimetres can come from."""
