"""What a registration is told about the errors to expect, and how hard it tries."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.errors import SettingsError


@dataclass(frozen=True)
class RegistrationSettings:
    """Lengths are millimetres in the CT. Raises SettingsError for values that mean nothing.

    bend_mm: size of the seen surface's slow bend (about 2 % of a working distance of 60 mm). smallest_noise_mm: below
    which the rest of its noise is never believed to be. correlation_mm: how far that noise reaches, so how many points
    count as independent. points: of the seen surface that are fitted. starts: around the landmark solution.
    smallest_share, largest_share: how much of the organ the seen surface may be, for registration without landmarks.
    refine: False leaves it at the landmarks.
    """

    bend_mm: float = 1.5
    smallest_noise_mm: float = 0.5
    correlation_mm: float = 6.0
    points: int = 900
    starts: int = 8
    smallest_share: float = 0.10
    largest_share: float = 0.55
    refine: bool = True

    def __post_init__(self) -> None:
        for name in ("bend_mm", "smallest_noise_mm", "correlation_mm"):
            if not 0 < getattr(self, name) < 100:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; expected millimetres above 0, below 100")
        if not 0 < self.smallest_share <= self.largest_share <= 1:
            raise SettingsError(
                f"the seen share of the organ is {self.smallest_share!r} to {self.largest_share!r}; "
                "expected 0 < smallest <= largest <= 1"
            )
        if self.points < 50 or self.starts < 1:
            raise SettingsError(f"points {self.points!r} and starts {self.starts!r}; expected at least 50 and 1")
