"""CSV files that grow, and what a run says that it gained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from EndoDepthTrainingWidgets.watching.gained import Gained, gained_of, picture_of
from EndoDepthTrainingWidgets.watching.growing_table import GrowingTable


def test_lines_that_are_being_written_wait(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    table = GrowingTable(file)
    assert not table.refresh() and table.columns == {}
    file.write_text("step,loss\n10,0.5\n20,0.", encoding="utf-8")
    assert table.refresh()
    assert {name: values.tolist() for name, values in table.columns.items()} == {"step": [10.0], "loss": [0.5]}
    assert not table.refresh(), "nothing changed"
    file.write_text("step,loss,dice\n10,0.5\n20,0.25,0.75\n", encoding="utf-8")
    assert table.refresh()
    assert table.columns["loss"].tolist() == [0.5, 0.25]
    assert np.isnan(table.columns["dice"][0]) and table.columns["dice"][1] == 0.75


def test_what_was_gained_is_read_from_whichever_file_there_is(tmp_path: Path) -> None:
    assert gained_of(tmp_path) == [] and picture_of(tmp_path) is None
    training = tmp_path / "training"
    training.mkdir()
    (training / "validation.csv").write_text("step,dice,abs_rel\n5,0.5,0.2\n10,0.75,0.1\n", encoding="utf-8")
    first = {each.name: each.gain for each in gained_of(tmp_path)}
    assert first == {"dice (first, last)": 0.25, "abs_rel (first, last)": 0.1}
    points = {"frame_scale": 0.2, "shared_scale": 0.3, "flat_frame_scale": 0.4, "count": 9}
    values = {"photometric_before": 0.1, "photometric_after": 0.125, "points_before": points, "points_after": points}
    (tmp_path / "weights.json").write_text(json.dumps({"figures": {**values, "masks_agree": 0.5}}), encoding="utf-8")
    adapted = gained_of(tmp_path)
    assert [each.gain for each in adapted] == pytest.approx([-0.025, 0.0, -0.5])
    (tmp_path / "comparison").mkdir()
    (tmp_path / "comparison" / "comparison.png").touch()
    rows = {"Dice, liver": {"before": None, "after": 0.5}}
    file = tmp_path / "comparison" / "comparison.json"
    file.write_text(json.dumps({"figures": rows}), encoding="utf-8")
    assert gained_of(tmp_path) == [Gained("Dice, liver", None, 0.5)] and gained_of(tmp_path)[0].gain is None
    assert picture_of(tmp_path) == tmp_path / "comparison" / "comparison.png"
    file.write_text(json.dumps({"figures": {"Dice, liver": 3}}), encoding="utf-8")
    assert gained_of(tmp_path) == [], "of another program"
