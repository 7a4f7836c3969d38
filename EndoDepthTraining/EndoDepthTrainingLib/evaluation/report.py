"""The report of an evaluation: one HTML file that needs no network and no scripts."""

from __future__ import annotations

import base64
import html
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.evaluation.segmentation_evaluation import COLUMNS
from EndoDepthLib.evaluation.tables import (
    DEPTH_COLUMNS,
    counted_images,
    depth_rows,
    number,
    protocol_line,
    sparsification_lines,
)
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets.public.sample import Sample
from EndoDepthTrainingLib.evaluation.charts import (
    calibration_chart,
    error_chart,
    sparsification_chart,
    trajectory_chart,
)
from EndoDepthTrainingLib.evaluation.dataset_evaluation import DatasetEvaluation
from EndoDepthTrainingLib.evaluation.image_rows import METHODS, ImageRow, Outcome
from EndoDepthTrainingLib.evaluation.pictures import Panel, depth_panels, image_panel, label_panels
from EndoDepthTrainingLib.evaluation.summary import figures, heading, left_out
from EndoDepthTrainingLib.evaluation.trajectories import COLUMNS as POSE_COLUMNS
from EndoDepthTrainingLib.evaluation.trajectories import trajectory_note, trajectory_rows

REPORT_FILE, FIGURES_FILE = "report.html", "figures.json"
SHOWN_EACH = 3
"""How many of the best, of the median and of the worst frames are shown."""

_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 92, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c1e21; background: #fff; margin: 2em auto; max-width: 1560px;
       padding: 0 1.5em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em; border-bottom: 1px solid #d6d9de }
h3 { font-size: 1em; margin: 1.2em 0 .3em }
table { border-collapse: collapse; margin: .6em 0 } td, th { padding: .2em .8em; text-align: right }
td:first-child, th:first-child { text-align: left } th { border-bottom: 1px solid #888 }
tr.ours td { font-weight: 600 } table.facts td { text-align: left; vertical-align: top }
table.facts td:first-child { color: #5b6169; white-space: nowrap } p { margin: .3em 0; max-width: 75em }
div.row { display: flex; flex-wrap: wrap; gap: 8px } figure { margin: 0; flex: 1 1 190px; max-width: 300px }
figure img { display: block; width: 100% } figcaption { font-size: .8em; color: #5b6169 }
img.chart { max-width: 100%; display: block; margin: .5em 0 }
.name { white-space: nowrap }
.swatch { display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; vertical-align: -.1em }
"""


def write_report(evaluation: DatasetEvaluation, folder: Path, step: Callable[[int], None] = lambda count: None) -> None:
    """Write figures.json and report.html into the folder; step is told of each frame drawn. Raises OutputError."""
    text = json.dumps(figures(evaluation), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    atomic_write(folder / FIGURES_FILE, text)
    atomic_write(folder / REPORT_FILE, report_page(evaluation, step))


def count_of_shown(evaluation: DatasetEvaluation) -> int:
    """How many frames a report will show."""
    return sum(map(len, chosen_frames(evaluation.tally.of(Outcome.COMPARED)).values()))


def report_page(evaluation: DatasetEvaluation, step: Callable[[int], None] = lambda count: None) -> str:
    """The page: what was compared, tables, curves, and the best, median and worst frames."""
    name = evaluation.selection.description.name
    title = html.escape(f"{evaluation.model.weights.id} on {name}")
    parts = [f"<h1>{title}</h1>", _facts(heading(evaluation))]
    parts += _depth_part(evaluation) + _masks_part(evaluation) + _poses_part(evaluation)
    parts += _frames_part(evaluation, step)
    for what, rows in left_out(evaluation).items():
        parts += [f"<h2>{len(rows)} of {len(evaluation.tally.rows)} frames {html.escape(what)}</h2>", _facts(rows)]
    parts.append(f"<h2>How to cite the data set</h2><p>{html.escape(evaluation.selection.description.citation)}</p>")
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def chosen_frames(rows: Sequence[ImageRow]) -> dict[str, list[ImageRow]]:
    """The best, median and worst rows by AbsRel, else by mean Dice; a frame is shown once."""
    scored = sorted((score, place) for place, row in enumerate(rows) if not math.isnan(score := _score(row)))
    ranked = [rows[place] for _, place in scored]
    each = max(1, min(SHOWN_EACH, len(ranked) // 3))
    first_of_middle = max(0, (len(ranked) - each) // 2)
    groups = {
        "best": ranked[:each],
        "median": ranked[first_of_middle : first_of_middle + each],
        "worst": ranked[::-1][:each],
    }
    shown: set[str] = set()
    for name, group in groups.items():
        groups[name] = [row for row in group if row.name not in shown]
        shown |= {row.name for row in group}
    return {name: group for name, group in groups.items() if group}


def _score(row: ImageRow) -> float:
    """What is low for a good frame; NaN for one without figures."""
    if row.depth:
        return row.depth[METHODS[0]].abs_rel
    if row.dice is None or not np.isfinite(row.dice[1:]).any():
        return math.nan
    return 1.0 - float(np.nanmean(row.dice[1:]))


def _depth_part(evaluation: DatasetEvaluation) -> list[str]:
    depth = evaluation.tally.depth
    if not depth.images:
        return []
    parts = [
        "<h2>Depth</h2>",
        _table(["", *DEPTH_COLUMNS], depth_rows(depth.means())),
        f"<p>Mean over {counted_images(len(depth.images))}; {html.escape(protocol_line(depth.protocol, 'mm'))}; SqRel "
        "and RMSE in mm. corr(log) and spread(log): correlation of log depth with the reference, and ratio of their "
        "spreads (below 1 is too flat). Trivial answers are always median-scaled.</p>",
        _image(error_chart(depth.images), "share of images below an AbsRel"),
    ]
    if depth.calibration.pixels:
        parts += [
            "<h2>Confidence</h2>",
            *(f"<p>{html.escape(line)}</p>" for line in sparsification_lines(depth.sparsification)),
        ]
        parts.append(_image(sparsification_chart(depth.sparsification), "AbsRel of the pixels that are left"))
        parts.append(_image(calibration_chart(depth.calibration), "calibration of the confidence"))
    return parts


def _masks_part(evaluation: DatasetEvaluation) -> list[str]:
    masks = evaluation.tally.masks
    if not masks.image_dice:
        return []
    return [
        "<h2>Structures</h2>",
        _table(COLUMNS, masks.rows),
        *(f"<p>{html.escape(line)}</p>" for line in masks.summary),
    ]


def _poses_part(evaluation: DatasetEvaluation) -> list[str]:
    poses = evaluation.poses
    if poses is None:
        return []
    return [
        "<h2>Poses</h2>",
        _table(POSE_COLUMNS, trajectory_rows(poses.figures)),
        f"<p>{html.escape(trajectory_note(poses.figures))}</p>",
        _image(trajectory_chart(poses.known, poses.predicted), "known and predicted paths"),
    ]


def _frames_part(evaluation: DatasetEvaluation, step: Callable[[int], None]) -> list[str]:
    sample_from_name = {sample.name: sample for sample in evaluation.frames}
    parts = ["<h2>Frames</h2>", _legend(evaluation)]
    for which, rows in chosen_frames(evaluation.tally.of(Outcome.COMPARED)).items():
        for row in rows:
            said = f"AbsRel {number(_score(row))}" if row.depth else f"mean Dice {number(1.0 - _score(row))}"
            panels = _panels(evaluation, sample_from_name[row.name])
            drawn = "".join(
                f'<figure><img alt="{html.escape(panel.caption)}" src="{_data_uri(_jpeg(panel.image), "jpeg")}">'
                f"<figcaption>{html.escape(panel.caption)}</figcaption></figure>"
                for panel in panels
            )
            parts.append(f'<h3>{which}: {html.escape(row.name)}, {said}</h3><div class="row">{drawn}</div>')
            step(1)
    return parts if len(parts) > 2 else []


def _panels(evaluation: DatasetEvaluation, sample: Sample) -> list[Panel]:
    known = evaluation.read(sample)
    prediction, labels = evaluation.answer(known)
    panels = [image_panel(known.image)]
    if known.depth is not None:
        panels += depth_panels(known.depth, prediction, evaluation.selection.protocol.depth, known.image)
    if known.labels is not None and labels is not None:
        panels += label_panels(known.image, known.labels, labels, _colors(evaluation))
    return panels


def _colors(evaluation: DatasetEvaluation) -> list[tuple[int, int, int]]:
    indices = () if evaluation.classes is None else evaluation.classes.indices
    return [evaluation.model.vocabulary.colors[index] for index in indices]


def _legend(evaluation: DatasetEvaluation) -> str:
    names = () if evaluation.classes is None else evaluation.classes.names
    swatches = "".join(
        f'<span class="name"><span class="swatch" style="background: rgb{color}"></span>{html.escape(name)}</span> '
        for name, color in zip(names, _colors(evaluation), strict=True)
    )
    depth = "Near is warm, far is cold; grey is unknown. " if evaluation.tally.depth.images else ""
    void = "Void is shown without colour. " if names else ""
    return f"<p>{depth}{void}{swatches}</p>"


def _facts(pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(text)}</td></tr>" for name, text in pairs)
    return f'<table class="facts">{rows}</table>'


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first row of figures is the prediction's where it is called so."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
    lines = [
        f"<tr{' class=ours' if row[0] == METHODS[0] else ''}>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
        + "</tr>"
        for row in rows
    ]
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _image(png: bytes, words: str) -> str:
    return f'<img class="chart" alt="{html.escape(words)}" src="{_data_uri(png, "png")}">'


def _jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1], _JPEG)[1].tobytes()


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
