"""registration.json: what a registration found, for people and for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry.similarity_fit import Similarity
from EndoDepthLib.registration.result import BOUND_SHARE, Registration
from EndoDepthLib.results.atomic import atomic_write

REGISTRATION = "registration.json"
SCHEMA, SCHEMA_VERSION = "endodepth-registration", 1
_LARGEST_BYTES = 16 << 20


def registration_values(registration: Registration, provenance: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON values of a registration; provenance: what it was made from."""
    expected, bound = registration.expected_error_mm()
    low, high = registration.scale_interval_90()
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "space": "LPS",
        "ct_from_surface": registration.matrix.tolist(),
        "scale": {"mm_per_unit": registration.scale, "interval_90": [low, high]},
        "method": registration.method,
        "ambiguous": registration.ambiguous,
        "alternatives": [other.matrix().tolist() for other in registration.alternatives],
        "rms_mm": registration.rms_mm,
        "coverage": registration.coverage,
        "inlier_share": registration.inlier_share,
        "bend_rms_mm": registration.bend_rms_mm,
        "expected_target_error_mm": {"root_mean_square": expected, "bound": bound, "bound_share": BOUND_SHARE},
        "covariance": registration.covariance.tolist(),
        "centre_mm": registration.centre_mm.tolist(),
        "targets_mm": registration.targets_mm.tolist(),
        "warnings": list(registration.warnings),
    }
    for name in ("landmark_residuals_mm", "leave_one_out_mm"):
        found = getattr(registration, name)
        values[name] = None if found is None else found.tolist()
    return {**values, **(provenance or {})}


def save_registration(folder: Path, registration: Registration, provenance: dict[str, Any] | None = None) -> None:
    """Write registration.json into a folder, in one step. Raises OutputError when that is not possible."""
    values = registration_values(registration, provenance)
    atomic_write(Path(folder) / REGISTRATION, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def load_registration(path: Path) -> Registration:
    """The registration in a registration.json, or in the folder that holds one; residuals of vertices are not kept.

    Raises InputError in one line when it is missing or damaged.
    """
    path = Path(path)
    file = path / REGISTRATION if path.is_dir() else path
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"'{file}' is larger than {_LARGEST_BYTES >> 20} MiB; expected a {REGISTRATION}")
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read '{file}': {error.strerror or error}; run 'endodepth register' first") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{file}' is damaged ({error}); run 'endodepth register' again") from error
    return registration_from(values, f"'{file}'")


def registration_from(values: object, what: str = "the registration kept in the scene") -> Registration:
    """The registration in the JSON values of a registration.json. Raises InputError naming `what` when damaged."""
    if not isinstance(values, dict) or values.get("schema") != SCHEMA or values.get("version") != SCHEMA_VERSION:
        raise InputError(f"{what} is no registration of this program; expected schema {SCHEMA} {SCHEMA_VERSION}")
    try:
        return _from_values(values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{what} lacks or misstates a value ({type(error).__name__}: {error})") from error


def _from_values(values: dict[str, Any]) -> Registration:
    def array(name: str, *shape: int) -> np.ndarray:
        found = np.array(values[name], np.float64)
        if found.shape != shape or not np.all(np.isfinite(found)):
            raise ValueError(f"{name} is not {shape} finite numbers")
        return found

    def optional(name: str) -> np.ndarray | None:
        return None if values.get(name) is None else np.array(values[name], np.float64)

    return Registration(
        similarity_of(array("ct_from_surface", 4, 4)),
        str(values["method"]),
        array("covariance", 7, 7),
        array("centre_mm", 3),
        float(values["rms_mm"]),
        float(values["coverage"]),
        float(values["inlier_share"]),
        np.zeros(0, np.float32),
        float(values["bend_rms_mm"]),
        bool(values["ambiguous"]),
        tuple(similarity_of(np.array(each, np.float64)) for each in values["alternatives"]),
        optional("landmark_residuals_mm"),
        optional("leave_one_out_mm"),
        tuple(map(str, values["warnings"])),
        np.array(values["targets_mm"], np.float64).reshape(-1, 3),
    )


def similarity_of(matrix: np.ndarray) -> Similarity:
    """The similarity of a (4, 4) matrix. Raises ValueError for one that mirrors, shears or is not finite."""
    if matrix.shape != (4, 4) or not np.all(np.isfinite(matrix)):
        raise ValueError("a transform is not 4 x 4 finite numbers")
    determinant = float(np.linalg.det(matrix[:3, :3]))
    if determinant <= 0:
        raise ValueError("a transform mirrors")
    scale = determinant ** (1 / 3)
    rotation = matrix[:3, :3] / scale
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-4):
        raise ValueError("a transform shears")
    return Similarity(scale, rotation, matrix[:3, 3].copy())
