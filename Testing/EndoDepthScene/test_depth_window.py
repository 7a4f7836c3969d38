"""A known distance changes all depths of a frame and nothing of how they look."""

from __future__ import annotations

import numpy as np
import pytest
from sample_case.places import ras_of_pixel

from EndoDepthScene import CaseView
from EndoDepthScene.appearance import show_surface_as
from EndoDepthScene.depth_window import fit_depth_window
from EndoDepthScene.kinds import DEPTH, SURFACE
from EndoDepthScene.measuring import distance, reset_scale, set_known_distance
from EndoDepthScene.pictures import surface_picture


def _look(view: CaseView) -> list[float]:
    display, surfaces = view.proxy(DEPTH).GetDisplayNode(), (view.proxy(SURFACE), view.chosen_surface)
    ranges = [limit for node in surfaces for limit in node.GetDisplayNode().GetScalarRange()]
    return [display.GetWindow(), display.GetLevel(), display.GetLowerThreshold(), *ranges]


def _set_scale(view: CaseView, times: float) -> None:
    points = ras_of_pixel(view, 20, 20), ras_of_pixel(view, 60, 40)
    set_known_distance(view, *points, times * distance(view, *points).value)


def _picture(view: CaseView) -> np.ndarray:
    node = view.camera_node.GetCamera()
    return surface_picture(view.proxy(SURFACE), node, 160, 120)


def test_window_and_range_follow_the_known_distance(view: CaseView) -> None:
    chosen = next(n for n in range(3) if f"frame {5 * n} " in view.chosen_surface.GetName())
    view.select(chosen)
    show_surface_as(view, "depth")
    before, picture = _look(view), _picture(view)
    for times in (7.0, 0.3):
        _set_scale(view, times)
        assert _look(view) == pytest.approx([value * view.frame_scale.factor for value in before], rel=1e-5)
    assert np.abs(_picture(view).astype(int) - picture).mean() < 1, "the surface kept its colours"
    reset_scale(view)
    assert _look(view) == pytest.approx(before, rel=1e-5)


def test_another_frame_keeps_its_own_window(view: CaseView) -> None:
    show_surface_as(view, "depth")
    view.select(1)
    before = _look(view)
    _set_scale(view, 7.0)
    for position, factor in ((0, 1.0), (1, 7.0), (2, 1.0), (2, 1.0)):
        view.select(position)
        fit_depth_window(view)
        expected = [value * factor for value in before[:5]]
        assert _look(view)[:5] == pytest.approx(expected, rel=1e-5)


def test_a_surface_that_is_coloured_later_agrees(view: CaseView) -> None:
    view.select(1)
    show_surface_as(view, "confidence")
    percent = view.proxy(SURFACE).GetDisplayNode().GetScalarRange()
    _set_scale(view, 7.0)
    assert view.proxy(SURFACE).GetDisplayNode().GetScalarRange() == percent
    show_surface_as(view, "depth")
    volume = view.proxy(DEPTH).GetDisplayNode()
    lowest, highest = view.proxy(SURFACE).GetDisplayNode().GetScalarRange()
    assert (lowest + highest) / 2 == pytest.approx(volume.GetLevel())
    assert highest - lowest == pytest.approx(volume.GetWindow())
    reset_scale(view)
    lowest, highest = view.proxy(SURFACE).GetDisplayNode().GetScalarRange()
    assert highest - lowest == pytest.approx(volume.GetWindow())


def test_what_the_user_set_is_multiplied_and_automatic_windows_are_left_alone(view: CaseView) -> None:
    display = view.proxy(DEPTH).GetDisplayNode()
    display.SetWindowLevel(10.0, 45.0)
    _set_scale(view, 2.0)
    assert (display.GetWindow(), display.GetLevel()) == pytest.approx((20.0, 90.0), rel=1e-5)
    display.SetAutoWindowLevel(True)
    automatic = display.GetWindow(), display.GetLevel()
    reset_scale(view)
    assert display.GetAutoWindowLevel()
    assert (display.GetWindow(), display.GetLevel()) != pytest.approx((10.0, 45.0))
    assert automatic != (20.0, 90.0)
