"""Points that a person marked on the seen surface and in the CT: fit, leave-one-out error, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from EndoDepthLib.errors import RegistrationError
from EndoDepthLib.geometry.similarity_fit import Similarity, fit_similarity

FEWEST = 3
DEFAULT_NOISE_MM = 4.0
"""How far a marked landmark is from the true one (root mean square length), unless it is said."""
_COLLINEAR_SHARE = 0.1
_DUPLICATE_SHARE = 0.01


@dataclass(frozen=True)
class LandmarkPairs:
    """Point i of `surface` (K, 3, unit of the seen surface) and of `ct` (K, 3, LPS millimetres) are the same place.

    noise_mm (K,): expected length of each pair's error; its inverse square is the pair's weight. Raises
    RegistrationError for fewer than 3 pairs, two marks in one place, and marks on a line (which leave a rotation open).
    """

    surface: np.ndarray
    ct: np.ndarray
    noise_mm: np.ndarray | float = DEFAULT_NOISE_MM
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        surface, ct = np.asarray(self.surface, np.float64), np.asarray(self.ct, np.float64)
        if surface.ndim != 2 or surface.shape[1:] != (3,) or surface.shape != ct.shape:
            raise RegistrationError(
                f"landmarks are {surface.shape} on the surface and {ct.shape} in the CT; expected (K, 3) for both"
            )
        if len(ct) < FEWEST:
            raise RegistrationError(
                f"{len(ct)} landmark pair(s) given; a similarity needs at least {FEWEST}, better 4: mark more"
            )
        if not (np.all(np.isfinite(surface)) and np.all(np.isfinite(ct))):
            raise RegistrationError("a landmark has coordinates that are not finite; mark it again")
        names = self.names or tuple(str(number) for number in range(1, len(ct) + 1))
        noise = np.asarray(self.noise_mm, np.float64)
        if noise.shape not in ((), (len(ct),)) or not np.all((noise > 0) & np.isfinite(noise)):
            raise RegistrationError(f"landmark noise is {noise.tolist()}; expected one or K, in mm, above 0")
        for points, where in ((surface, "on the surface"), (ct, "in the CT")):
            _check_spread(points, names, where)
        for name, value in (("surface", surface), ("ct", ct), ("names", names)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.ct)

    def fit(self) -> Similarity:
        """The weighted similarity ct_from_surface."""
        return fit_similarity(self.surface, self.ct, self.weights)

    def residuals_mm(self, similarity: Similarity) -> np.ndarray:
        """(K,) distance of each pair under a similarity."""
        residuals: np.ndarray = np.linalg.norm(similarity.apply(self.surface) - self.ct, axis=1)
        return residuals

    def leave_one_out_mm(self) -> np.ndarray | None:
        """(K,) how far each pair lies from where the others put it; None for three pairs: two fit everywhere."""
        if len(self) <= FEWEST:
            return None
        errors = []
        for left_out in range(len(self)):
            rest = np.arange(len(self)) != left_out
            fitted = fit_similarity(self.surface[rest], self.ct[rest], self.weights[rest])
            errors.append(float(np.linalg.norm(fitted.apply(self.surface[left_out]) - self.ct[left_out])))
        return np.array(errors)

    @property
    def noises_mm(self) -> np.ndarray:
        """(K,) the noise of each pair."""
        noises: np.ndarray = np.broadcast_to(np.asarray(self.noise_mm, np.float64), (len(self.ct),))
        return noises

    @property
    def weights(self) -> np.ndarray:
        """(K,) how much each pair counts."""
        return 1.0 / np.square(self.noises_mm)


def check_not_mirrored(pairs: LandmarkPairs) -> None:
    """Raise RegistrationError when the pairs fit a mirrored CT far better than the CT itself.

    Three pairs, or pairs in a plane, cannot tell.
    """
    proper = _rms(pairs, pairs.fit())
    flip = np.array([-1.0, 1.0, 1.0])
    mirrored = fit_similarity(pairs.surface * flip, pairs.ct, pairs.weights)
    of_mirrored = float(np.sqrt(np.mean(np.square(mirrored.apply(pairs.surface * flip) - pairs.ct).sum(axis=1))))
    expected = float(np.sqrt(np.mean(np.square(pairs.noises_mm))))
    if proper > 3 * expected and of_mirrored < proper / 2:
        raise RegistrationError(
            f"the landmarks fit the mirror image of the CT to {of_mirrored:.1f} mm and the CT itself only to "
            f"{proper:.1f} mm: left and right are swapped in one of them; export the CT again, or check the names"
        )


def _rms(pairs: LandmarkPairs, similarity: Similarity) -> float:
    return float(np.sqrt(np.mean(np.square(pairs.residuals_mm(similarity)))))


def _check_spread(points: np.ndarray, names: tuple[str, ...], where: str) -> None:
    centred = points - points.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False)
    size = float(np.linalg.norm(np.ptp(points, axis=0)))
    for first in range(len(points)):
        for second in range(first):
            if np.linalg.norm(points[first] - points[second]) <= _DUPLICATE_SHARE * size:
                raise RegistrationError(
                    f"landmarks '{names[second]}' and '{names[first]}' lie in one place {where}; mark different places"
                )
    if spread[1] < _COLLINEAR_SHARE * spread[0]:
        raise RegistrationError(
            f"the landmarks lie on a line {where} (across it only {100 * spread[1] / spread[0]:.0f} % of along it): "
            "the turn about that line stays open; mark at least one to its side"
        )
