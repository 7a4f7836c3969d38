"""What a registration found, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from EndoDepthLib.geometry.similarity_fit import Similarity

BOUND_SHARE = 0.90
_DRAWS = 400


@dataclass(frozen=True)
class Registration:
    """How the seen surface lies in the CT (LPS millimetres).

    ct_from_surface: the similarity; its scale is millimetres per unit of the surface. method: "landmarks", "landmarks
    and surface" or "surface". covariance (7, 7) of its errors: turn (rad), shift (mm), log scale, about `centre_mm`
    (3,). rms_mm: of the distances of the seen surface that belongs to the organ. residuals_mm (N,) float32: distance of
    every vertex of the seen surface to the organ, signed (positive: outside it). inlier_share: how much of the seen
    surface belongs to the organ; coverage: how much of the organ was seen. ambiguous: another pose fits about as well,
    listed in `alternatives`; then no error bound holds. landmark_residuals_mm, leave_one_out_mm: of each pair.
    """

    ct_from_surface: Similarity
    method: str
    covariance: np.ndarray
    centre_mm: np.ndarray
    rms_mm: float
    coverage: float
    inlier_share: float
    residuals_mm: np.ndarray
    bend_rms_mm: float = 0.0
    ambiguous: bool = False
    alternatives: tuple[Similarity, ...] = ()
    landmark_residuals_mm: np.ndarray | None = None
    leave_one_out_mm: np.ndarray | None = None
    warnings: tuple[str, ...] = ()
    targets_mm: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    """(T, 3) places below the seen surface, for which the summary error is given."""

    @property
    def matrix(self) -> np.ndarray:
        """(4, 4) float64 ct_from_surface: LPS millimetres from the surface's own (OpenCV = LPS) coordinates."""
        return self.ct_from_surface.matrix()

    @property
    def scale(self) -> float:
        """Millimetres per unit of the seen surface."""
        return self.ct_from_surface.scale

    def scale_interval_90(self) -> tuple[float, float]:
        """Within which the scale lies with 90 % probability."""
        half = 1.645 * float(np.sqrt(self.covariance[6, 6]))
        return self.scale * float(np.exp(-half)), self.scale * float(np.exp(half))

    def target_error_mm(self, points_ct: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected error (root mean square) and 90 % bound, (N,) each, at places (N, 3) in the CT."""
        arms = np.asarray(points_ct, np.float64) - self.centre_mm
        jacobian = np.zeros((len(arms), 3, 7))
        jacobian[:, 0, 1], jacobian[:, 0, 2] = arms[:, 2], -arms[:, 1]
        jacobian[:, 1, 0], jacobian[:, 1, 2] = -arms[:, 2], arms[:, 0]
        jacobian[:, 2, 0], jacobian[:, 2, 1] = arms[:, 1], -arms[:, 0]
        jacobian[:, [0, 1, 2], [3, 4, 5]] = 1.0
        jacobian[:, :, 6] = arms
        spread = jacobian @ np.linalg.cholesky(self.covariance + 1e-12 * np.eye(7))
        expected = np.sqrt(np.square(spread).sum(axis=(1, 2)))
        draws = np.random.default_rng(0).standard_normal((7, _DRAWS))
        lengths = np.linalg.norm(spread @ draws, axis=1)
        return expected, np.quantile(lengths, BOUND_SHARE, axis=1)

    def expected_error_mm(self) -> tuple[float, float]:
        """Median over `targets_mm` of expected error and 90 % bound."""
        expected, bound = self.target_error_mm(self.targets_mm if len(self.targets_mm) else self.centre_mm[None])
        return float(np.median(expected)), float(np.median(bound))
