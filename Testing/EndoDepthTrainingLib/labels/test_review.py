"""Proposals, a person's verdicts, and what is imported of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthTrainingLib.labels.annotated_folder import list_frames
from EndoDepthTrainingLib.labels.labelled_data import read_labelled_data
from EndoDepthTrainingLib.labels.proposals import (
    propose,
    proposed_segments,
    read_proposals,
    read_verdicts,
    write_verdicts,
)
from EndoDepthTrainingLib.labels.review import import_reviewed
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, write_seg_nrrd


class BrightProposer:
    """Marks what is bright, and is the less certain the more there is of it."""

    name, prompts, colors = "brightness", ("polyp",), ((255, 220, 0),)

    def mark(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels = (image[..., 1] > 128).astype(np.uint8)
        return labels, np.full(labels.shape, 1.0 - labels.mean(), np.float32)


def proposals_in(folder: Path, frames: Path) -> list[str]:
    return propose(BrightProposer(), list_frames(frames).unlabelled, folder)


def test_reviewed_proposals_become_labels(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    frames, folder, target = make_folder("a", 7, 2), tmp_path / "proposals", tmp_path / "more"
    assert proposals_in(folder, frames) == ["f2", "f3", "f4", "f5", "f6"]
    confidences = [entry["confidence"] for entry in read_proposals(folder)["frames"]]
    assert confidences == sorted(confidences)
    marked = proposed_segments(folder, "f3")
    assert marked.names == ("polyp",) and marked.labels.mean() == pytest.approx(np.pi * 81 / (64 * 48), rel=0.1)

    with pytest.raises(InputError, match="keeps none of 5 frames \\(5 are still open\\)"):
        import_reviewed(folder, target)
    changed = Segments(np.roll(marked.labels, 2, axis=0), marked.names, marked.colors)
    write_seg_nrrd(folder / "f3.seg.nrrd", changed)
    write_verdicts(folder, read_verdicts(folder) | {"f2": "kept", "f3": "kept", "f4": "dropped"})
    counts = import_reviewed(folder, target)
    assert (counts.kept, counts.corrected, counts.dropped, counts.open) == (1, 1, 1, 2)
    assert {file.name for file in target.glob("f*")} == {"f2.png", "f2.seg.nrrd", "f3.png", "f3.seg.nrrd"}
    assert json.loads((target / "imported.json").read_text(encoding="utf-8"))["f3"]["verdict"] == "corrected"
    assert len(read_labelled_data([str(frames), str(target)]).frames) == 4

    # Again: what was reviewed is not proposed anew, later corrections come over, other people's files are left alone.
    assert proposals_in(folder, frames) == [] and np.array_equal(proposed_segments(folder, "f3").labels, changed.labels)
    write_seg_nrrd(folder / "f2.seg.nrrd", Segments(np.zeros_like(changed.labels), marked.names, marked.colors))
    assert import_reviewed(folder, target).corrected == 2
    with pytest.raises(OutputError, match="f0.seg.nrrd' is there already and differs"):
        other = make_folder("b", 1, 0)
        proposals_in(tmp_path / "again", other)
        write_verdicts(tmp_path / "again", {"f0": "kept"})
        write_seg_nrrd(tmp_path / "again" / "f0.seg.nrrd", changed)
        import_reviewed(tmp_path / "again", frames)


def test_a_review_that_says_something_else_is_refused(make_folder: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "proposals"
    proposals_in(folder, make_folder("a", 3, 1))
    for review, expected in (({"f1": "good"}, "says 'good' of 'f1'"), ({"x": "kept"}, "names 'x'")):
        (folder / "review.json").write_text(json.dumps(review), encoding="utf-8")
        with pytest.raises(InputError, match=expected):
            import_reviewed(folder, tmp_path / "target")
    (folder / "review.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        import_reviewed(folder, tmp_path / "target")
    with pytest.raises(InputError, match="every one is labelled"):
        proposals_in(folder, make_folder("b", 2, 2))
    assert not (tmp_path / "target").exists()
