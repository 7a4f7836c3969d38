"""Depth, confidence and structure under the cursor are those of the results, and what is nothing is said."""

from __future__ import annotations

import numpy as np
import pytest
from sample_case.places import ras_of_pixel

from EndoDepthLib.results import ResultsFolder
from EndoDepthScene import CaseView
from EndoDepthScene.low_confidence import LowConfidence
from EndoDepthScene.probing import Probe, pixel_of, probe


def test_every_place_is_what_the_results_say(view: CaseView, results: ResultsFolder) -> None:
    random = np.random.default_rng(2)
    seen = set()
    for position in range(3):
        view.select(position)
        depth, labels = results.depth(position), results.labels(position)
        assert labels is not None
        for _ in range(40):
            u, v = int(random.integers(96)), int(random.integers(64))
            # Anywhere in the pixel, and as deep in the slice as a view may stand.
            found = probe(view, ras_of_pixel(view, u + random.uniform(-0.49, 0.49), v, random.uniform(-0.4, 0.4)))
            assert found.pixel == (u, v)
            assert found.depth == (float(depth.depth[v, u]) if depth.valid[v, u] else None)
            assert found.confidence == pytest.approx(float(depth.confidence[v, u]), abs=0.0051)
            name = ("", *results.request.names)[labels.labels[v, u]]
            assert found.structure == name
            seen.add(name)
    assert len(seen) == 3


def test_what_is_nothing_is_said(view: CaseView) -> None:
    for place in ((-1.0, 5.0, 0.0), (96.0, 5.0, 0.0), (5.0, 64.2, 0.0), (5.0, 5.0, 2.0)):
        found = probe(view, ras_of_pixel(view, *place))
        assert (found.pixel, found.depth, found.confidence, found.structure) == (None, None, None, "")
        assert str(found) == "outside the frame"
    empty = probe(view, ras_of_pixel(view, 1, 1))
    assert empty.depth is None
    assert str(empty) == "pixel 1, 1: no depth here"


def test_the_words_name_unit_and_structure(view: CaseView) -> None:
    found = probe(view, ras_of_pixel(view, 30, 30))
    assert isinstance(found, Probe)
    assert found.unit == "up to scale, not millimetres"
    assert found.scale_source == "unknown"
    assert str(found) == f"pixel 30, 30: depth {found.depth:.4g} ({found.unit}), confidence 79 %, Liver lobe"


def test_hidden_pixels_and_moved_cases_are_probed_too(view: CaseView) -> None:
    place = ras_of_pixel(view, 80, 40)
    before = probe(view, place)
    hiding = LowConfidence(view)
    hiding.hide_below(0.95)
    assert probe(view, place) == before
    hiding.close()
    transform = view.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    from vtk import vtkMatrix4x4

    matrix = vtkMatrix4x4()
    for axis, shift in enumerate((5.0, -7.0, 11.0)):
        matrix.SetElement(axis, 3, shift)
    transform.SetMatrixTransformToParent(matrix)
    view.proxy("Depth").SetAndObserveTransformNodeID(transform.GetID())
    moved = [coordinate + shift for coordinate, shift in zip(place, (5.0, -7.0, 11.0), strict=True)]
    assert pixel_of(view, moved) == pytest.approx((80, 40))
    assert probe(view, moved).depth == before.depth
