"""The report: one file that stands by itself, with the right frames in it; poses in it where they were predicted."""

from __future__ import annotations

import base64
import math
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.evaluation import DepthMetrics, DepthProtocol
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthTrainingLib.evaluation import DatasetEvaluation, evaluate_poses, figures, select, write_report
from EndoDepthTrainingLib.evaluation.image_rows import METHODS, ImageRow, Outcome, RowFormat
from EndoDepthTrainingLib.evaluation.pictures import aligned_depth
from EndoDepthTrainingLib.evaluation.report import chosen_frames


class Page(HTMLParser):
    """Tags, what they refer to, and the texts of headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attributes if name == "src"]
        self.links += [value or "" for name, value in attributes if name in ("href", "action", "srcset")]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("h1", "h2", "h3"):
            self.headings.append(data.strip())


def test_the_report_stands_by_itself(clips: Path, model: EndoDepthModel, tmp_path: Path) -> None:
    poses = tmp_path / "poses"
    poses.mkdir()
    for clip in ("colon", "laparoscopy"):
        (poses / f"{clip}.json").write_bytes((clips / clip / "poses.json").read_bytes())
    selection = select("phantoms", clips)
    evaluation = DatasetEvaluation(selection, model, poses=evaluate_poses(selection.split_frames, poses))
    evaluation.run(tmp_path / "out")
    write_report(evaluation, tmp_path / "out")
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert not set(page.tags) & {"script", "link", "iframe", "object"} and not page.links
    assert "url(" not in text and "@import" not in text
    for source in page.sources:
        kind, _, content = source.partition(";base64,")
        assert kind in ("data:image/png", "data:image/jpeg")
        image = cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None and image.shape[1] >= 300 and image.std() > 0
    panels = [source for source in page.sources if source.startswith("data:image/jpeg")]
    shown = [heading.partition(":")[0] for heading in page.headings if heading.startswith(("best", "median", "worst"))]
    assert shown == ["best"] * 2 + ["median"] * 2 + ["worst"] * 2
    assert len(panels) == 7 * len(shown)  # frame, two depths, error, confidence, two label maps
    assert model.weights.sha256 in text and "median-scaled" in text and "Umeyama" in text
    found = figures(evaluation)["poses"]
    assert found["mean"]["prediction"]["ate_rmse_mm"] == pytest.approx(0.0, abs=1e-6)
    assert found["mean"]["standing still"]["ate_rmse_mm"] > 0.1
    assert set(found["sequences"]) == {"colon", "laparoscopy"}


def test_poses_need_a_file_for_each_sequence(clips: Path, tmp_path: Path) -> None:
    frames = select("phantoms", clips).split_frames
    with pytest.raises(InputError, match="2 sequences .*folder with colon.txt"):
        evaluate_poses(frames, clips / "colon" / "poses.json")
    (tmp_path / "colon.txt").write_text("0 0 0 0 0 0 0 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no poses of sequence 'laparoscopy'"):
        evaluate_poses(frames, tmp_path)
    (tmp_path / "laparoscopy.txt").write_text("0 0 0 0 0 0 0 1\n", encoding="utf-8")
    with pytest.raises(InputError, match="sequence 'colon'.*expected at least 3"):
        evaluate_poses(frames, tmp_path)
    with pytest.raises(InputError, match="knows no poses"):
        evaluate_poses([], tmp_path)


def test_a_set_that_knows_poses_only_is_evaluated_by_poses_only(
    copied: Callable[[], Path], model: EndoDepthModel, tmp_path: Path
) -> None:
    clips = copied()
    for clip in ("colon", "laparoscopy"):
        shutil.rmtree(clips / clip / "depth")
        shutil.rmtree(clips / clip / "labels")
        (clips / clip / "labels.json").unlink()
    selection = select("phantoms", clips)
    with pytest.raises(SettingsError, match="nothing to compare with"):
        DatasetEvaluation(selection, model)
    for clip in ("colon", "laparoscopy"):
        shutil.copy(clips / clip / "poses.json", tmp_path / f"{clip}.json")
    evaluation = DatasetEvaluation(selection, model, poses=evaluate_poses(selection.split_frames, tmp_path))
    evaluation.run(tmp_path / "out")
    write_report(evaluation, tmp_path / "out")
    found = figures(evaluation)
    assert found["depth"] is None and found["masks"] is None and found["poses"]["mean"]["prediction"]["poses"] == 6
    assert "<h2>Poses</h2>" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def a_row(name: str, abs_rel: float) -> ImageRow:
    metrics = DepthMetrics(abs_rel, 0.1 / 3, math.pi, 0.5, 0.9, math.nan, 0.0, 1.0)
    return ImageRow(name, "s", 1, depth={METHODS[0]: metrics, METHODS[1]: metrics}, confidence=(0.1, math.nan))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 20])
def test_best_median_and_worst_are_what_they_say(count: int) -> None:
    values = np.random.default_rng(count).permutation(count)
    chosen = chosen_frames([a_row(str(value), float(value)) for value in values])
    found = {which: [int(row.name) for row in rows] for which, rows in chosen.items()}
    every = [number for numbers in found.values() for number in numbers]
    assert len(set(every)) == len(every) and found["best"][0] == 0
    assert count < 3 or found["worst"][0] == count - 1
    if count == 20:
        assert found == {"best": [0, 1, 2], "median": [8, 9, 10], "worst": [19, 18, 17]}


def test_without_depth_frames_are_ranked_by_dice() -> None:
    rows = [ImageRow(str(i), "s", i, dice=np.array([0.5, i / 10, math.nan])) for i in range(9)]
    rows.append(ImageRow("broken", "s", 9, Outcome.BROKEN, "why"))
    assert [row.name for row in chosen_frames(rows)["best"]] == ["8", "7", "6"]


def test_rows_come_back_exactly() -> None:
    layout = RowFormat(["liver", "a, b"])
    rows = [
        a_row("plain", 1 / 3),
        ImageRow('quoted "name", with comma', "s/t", 7, Outcome.BROKEN, "two\nlines, and a comma"),
        ImageRow("labels", "s", 2, dice=np.array([math.nan, 1 / 7, 0.0])),
    ]
    text = layout.header + "".join(map(layout.line, rows))
    for row, again in zip(rows, layout.read(text, 3), strict=True):
        assert repr(again) == repr(row)  # repr, since NaN is not equal to itself
    assert len(layout.read(text, 2)) == 2
    with pytest.raises(InputError, match="not that of this evaluation"):
        RowFormat(["liver"]).read(text, 3)
    with pytest.raises(InputError, match="not that of this evaluation"):
        layout.read(text, 4)


def test_shown_depth_has_the_scale_that_figures_have() -> None:
    reference = np.geomspace(10.0, 80.0, 48).reshape(6, 8)
    reference[0, 0] = np.nan
    scaled, both = aligned_depth(reference, 0.03 * reference, DepthProtocol())
    assert both.sum() == 47 and scaled[both] == pytest.approx(reference[both])
    scaled, _ = aligned_depth(reference, 0.03 * reference, DepthProtocol(max_depth=60.0))
    assert np.nanmax(scaled) == 60.0
