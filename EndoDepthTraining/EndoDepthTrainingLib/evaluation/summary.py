"""The outcome of an evaluation as lines of text and as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from EndoDepthLib.evaluation.tables import json_values, protocol_line
from EndoDepthTrainingLib.evaluation.dataset_evaluation import DatasetEvaluation
from EndoDepthTrainingLib.evaluation.image_rows import Outcome
from EndoDepthTrainingLib.evaluation.trajectories import ALIGNMENT, mean_figures, trajectory_table


def heading(evaluation: DatasetEvaluation) -> list[tuple[str, str]]:
    """What was compared with what: pairs of a name and a text."""
    selection, weights = evaluation.selection, evaluation.model.weights
    description, protocol = selection.description, selection.protocol
    crop = protocol.crop_px
    depth = any(sample.depth_mm is not None for sample in selection.frames)
    limits = f"; {protocol_line(protocol.depth, 'mm')}" if depth else ""
    window = "" if crop is None else f"; window {crop[2]} x {crop[3]} at ({crop[0]}, {crop[1]})"
    count = f"{len(evaluation.frames)} of {len(selection.split_frames)} frames"
    pairs = [
        ("data set", f"{description.name}: {description.title} ({description.licence})"),
        ("protocol", f"{protocol.name}: {protocol.summary}{limits}{window}"),
        ("split", f"{selection.split}, {count} evaluated"),
        ("weights", f"{weights.id}, sha256 {weights.sha256}"),
    ]
    if evaluation.classes is not None:
        asked = "each frame is asked for those of the procedure that it shows, as a user asks"
        pairs.append(("classes", f"{', '.join(evaluation.classes.names)}; {asked}"))
        if evaluation.classes.unknown:
            unknown = ", ".join(evaluation.classes.unknown)
            pairs.append(("not taught", f"{unknown}: the weights know no such class, so it counts as none of them"))
    if evaluation.poses is not None:
        pairs.append(("poses", f"{evaluation.poses.source}; aligned by a {ALIGNMENT}"))
    caveats = list(description.caveats)
    if taught_by(evaluation):
        caveats.append("these weights were taught by this data set too: they may have seen the very frames")
    return pairs + [("caveat", caveat) for caveat in caveats]


def taught_by(evaluation: DatasetEvaluation) -> bool:
    """Whether the data set is among what taught the weights, as the catalogue or the weights' vocabulary says."""
    name, weights = evaluation.selection.description.name, evaluation.model.weights
    listed = () if weights.entry is None else tuple(each.id for each in weights.entry.data_sets)
    return name in listed or any(name in teacher for teacher in weights.vocabulary.taught_by)


def left_out(evaluation: DatasetEvaluation) -> dict[str, list[tuple[str, str]]]:
    """The frames that have no figures, with the reason of each, by what they have in common."""
    titles = {Outcome.BROKEN: "could not be read, left out", Outcome.WITHOUT_TRUTH: "have nothing to compare with"}
    found = {title: evaluation.tally.of(outcome) for outcome, title in titles.items()}
    return {title: [(row.name, row.reason) for row in rows] for title, rows in found.items() if rows}


def summary_text(evaluation: DatasetEvaluation) -> str:
    """The tables, what they are of above them, and what was left out below."""
    pairs = heading(evaluation)
    width = max(len(name) for name, _ in pairs)
    parts = ["\n".join(f"{name:<{width}}  {text}" for name, text in pairs)]
    tally = evaluation.tally
    if tally.depth.images:
        parts.append(tally.depth.table())
    if tally.masks.image_dice:
        parts.append(tally.masks.table())
    if evaluation.poses is not None:
        parts.append(trajectory_table(evaluation.poses.figures))
    for title, rows in left_out(evaluation).items():
        some = ", ".join(name for name, _ in rows[:3]) + (", ..." if len(rows) > 3 else "")
        parts.append(f"{len(rows)} frame{'' if len(rows) == 1 else 's'} {title}: {some}")
    return "\n\n".join(parts)


def figures(evaluation: DatasetEvaluation) -> dict[str, Any]:
    """Plain JSON values (null: no meaning, or no limit); the figures of single images stand in images.csv."""
    tally, poses = evaluation.tally, evaluation.poses
    depth = tally.depth.to_dict()
    depth["images"] = len(tally.depth.images)
    values: dict[str, Any] = {
        "settings": evaluation.settings(),
        "depth": depth if tally.depth.images else None,
        "masks": tally.masks.to_dict() if tally.masks.image_dice else None,
        "classes_not_taught": [] if evaluation.classes is None else list(evaluation.classes.unknown),
        "poses": None,
        "taught_by_this_data_set": taught_by(evaluation),
        "left_out": {title: dict(rows) for title, rows in left_out(evaluation).items()},
    }
    if poses is not None:
        by_sequence = {
            sequence: {name: asdict(each) for name, each in answers.items()}
            for sequence, answers in poses.figures.items()
        }
        mean = {name: asdict(each) for name, each in mean_figures(poses.figures).items()}
        values["poses"] = {"alignment": ALIGNMENT, "mean": mean, "sequences": by_sequence}
    plain: dict[str, Any] = json_values(values)
    return plain
