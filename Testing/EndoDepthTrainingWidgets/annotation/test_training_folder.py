"""Frames and labels on disk: where they lie, and which are held out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, write_seg_nrrd
from EndoDepthTrainingWidgets.annotation.proposals import DROPPED, Proposals
from EndoDepthTrainingWidgets.annotation.training_folder import TrainingFolder

SEGMENTS = Segments(np.ones((4, 6), np.uint8), ("liver",), ((1, 2, 3),))


@pytest.fixture
def folder(tmp_path: Path) -> TrainingFolder:
    for name in ("b-000001", "a-000002", "a-000010"):
        (tmp_path / f"{name}.png").write_bytes(name.encode())
    write_seg_nrrd(tmp_path / "a-000002.seg.nrrd", SEGMENTS)
    return TrainingFolder(tmp_path)


def test_holding_out_moves_picture_and_labels_and_back(folder: TrainingFolder) -> None:
    assert folder.names() == ["a-000002", "a-000010", "b-000001"] and folder.labelled() == ["a-000002"]
    folder.hold_out("a-000002", True)
    assert folder.is_held_out("a-000002") and folder.names() == ["a-000002", "a-000010", "b-000001"]
    assert folder.picture("a-000002").read_bytes() == b"a-000002"
    assert folder.labels("a-000002").is_file() and folder.labelled() == []
    assert folder.labels("a-000002").parent == folder.held_out
    folder.hold_out("a-000002", True)
    folder.hold_out("a-000002", False)
    assert folder.labelled() == ["a-000002"] and not list(folder.held_out.iterdir())
    folder.remove_labels("a-000002")
    folder.remove_labels("a-000002")
    assert folder.labelled() == []


def test_no_folder_has_no_frames(tmp_path: Path) -> None:
    assert TrainingFolder(tmp_path / "none").names() == []


def test_verdicts_are_kept_and_damage_is_named(folder: TrainingFolder) -> None:
    proposals = Proposals(folder)
    assert proposals.waiting() == []
    proposals.folder.mkdir()
    entries = [{"name": "a-000010", "confidence": 0.4}, {"name": "b-000001", "confidence": 0.9}]
    file = proposals.folder / "proposals.json"
    file.write_text(json.dumps({"frames": entries}), encoding="utf-8")
    assert proposals.waiting() == ["a-000010", "b-000001"], "the least certain first, as listed"
    proposals.say("a-000010", DROPPED)
    assert proposals.waiting() == ["b-000001"] and proposals.confidence()["b-000001"] == 0.9
    file.write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"proposals\.json"):
        proposals.waiting()
