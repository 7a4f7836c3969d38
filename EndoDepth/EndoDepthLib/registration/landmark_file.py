"""Landmark pairs from files: a table of pairs, or two point lists as Slicer saves them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.registration.landmarks import DEFAULT_NOISE_MM, LandmarkPairs

_COLUMNS = ("surface_x", "surface_y", "surface_z", "ct_x", "ct_y", "ct_z")
_LARGEST_BYTES = 4 << 20


def read_landmark_table(path: Path, noise_mm: float = DEFAULT_NOISE_MM) -> LandmarkPairs:
    """Pairs of a CSV with the columns surface_x/y/z and ct_x/y/z (LPS), and if there are name and noise_mm (default
    noise_mm). Raises InputError for a table that is none, RegistrationError for pairs that cannot be used.
    """
    path = Path(path)
    rows = list(csv.DictReader(_text(path).splitlines()))
    missing = [name for name in _COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise InputError(f"landmarks '{path}' lack the column {missing[0]}; expected {', '.join(_COLUMNS)}")
    try:
        numbers = np.array([[float(row[name]) for name in _COLUMNS] for row in rows])
        noise = np.array([float(row.get("noise_mm") or noise_mm) for row in rows])
    except (TypeError, ValueError) as error:
        raise InputError(f"landmarks '{path}' hold what is no number ({error}); use points as decimal signs") from error
    names = tuple(row.get("name") or str(number) for number, row in enumerate(rows, start=1))
    return LandmarkPairs(numbers[:, :3], numbers[:, 3:], noise, names)


def read_point_lists(surface: Path, ct: Path, noise_mm: float = DEFAULT_NOISE_MM) -> LandmarkPairs:
    """Pairs of two .mrk.json files of Slicer, by the label of their points, or by their order when labels differ.

    Raises InputError for files that are none, RegistrationError for pairs that cannot be used.
    """
    on_surface, in_ct = _markups(Path(surface)), _markups(Path(ct))
    labels = [label for label, _ in on_surface]
    of_ct = dict(in_ct)
    if len(set(labels)) == len(labels) and set(labels) == set(of_ct):
        in_ct = [(label, of_ct[label]) for label in labels]
    elif len(on_surface) != len(in_ct):
        raise InputError(
            f"'{surface}' holds {len(on_surface)} points and '{ct}' {len(in_ct)}, and their labels differ; mark as many"
        )
    points = [np.array([point for _, point in side], float).reshape(-1, 3) for side in (on_surface, in_ct)]
    return LandmarkPairs(points[0], points[1], noise_mm, tuple(labels))


def _markups(path: Path) -> list[tuple[str, list[float]]]:
    try:
        values = json.loads(_text(path))
        markups = values["markups"][0]
        turn = -1.0 if str(markups["coordinateSystem"]).upper() in ("RAS", "0") else 1.0
        found: list[tuple[str, list[float]]] = []
        for point in markups["controlPoints"]:
            if point.get("positionStatus", "defined") == "defined":
                x, y, z = map(float, point["position"])
                found.append((str(point.get("label", len(found) + 1)), [turn * x, turn * y, z]))
        return found
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"'{path}' is no point list of Slicer (.mrk.json): {type(error).__name__}") from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"landmarks '{path}' are larger than {_LARGEST_BYTES >> 20} MiB; expected a few points")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"landmarks '{path}' cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"landmarks '{path}' are no text (UTF-8); expected a .csv or .mrk.json") from error
