"""The icons in the repository are what the program in the repository draws."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import cv2
import numpy as np
import pytest
from architecture.source_tree import ROOT


def _drawing_program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_icons", ROOT / "Resources" / "extension" / "draw_icons.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAWING = _drawing_program()


@pytest.mark.parametrize("name", DRAWING.SIZE_FROM_FILE)
def test_icon_is_what_the_program_draws(name: str) -> None:
    stored = cv2.imread(str(ROOT / name), cv2.IMREAD_UNCHANGED)
    assert stored is not None, name
    size = DRAWING.SIZE_FROM_FILE[name]
    drawn = DRAWING.draw_icon(size, curve="Training" in name)
    assert stored.shape == drawn.shape == (size, size, 4)
    difference = np.abs(cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA).astype(int) - drawn)
    assert difference.max() <= 2, "run: python Resources/extension/draw_icons.py"


def test_icons_stay_apart_at_sixteen_pixels() -> None:
    """In a menu the two modules have to be told apart, and tissue from depth."""
    one, other = (DRAWING.draw_icon(16, curve=curve).astype(float) for curve in (False, True))
    visible = one[..., 3] > 200
    assert visible.mean() > 0.5
    assert np.abs(one - other)[..., :3].mean() > 10
    left, right = (one[:, half][visible[:, half]][:, :3].mean(axis=0) for half in (slice(0, 7), slice(9, 16)))
    assert left[0] - left[1] > 40 + (right[0] - right[1])  # the tissue is redder than the depth
