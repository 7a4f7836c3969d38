"""What a reviewer kept of proposed labels becomes labelled frames to learn from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthLib.results.atomic import atomic_write, write_error
from EndoDepthTrainingLib.labels.proposals import (
    CORRECTED,
    DROPPED,
    KEPT,
    OPEN,
    proposed_segments,
    read_proposals,
    read_verdicts,
)
from EndoDepthTrainingLib.labels.seg_nrrd import SUFFIX

IMPORTED_FILE = "imported.json"
"""In the target folder: {NAME: {"verdict", "proposed_by", "confidence"}} of every frame that came by import."""


@dataclass(frozen=True)
class ImportCounts:
    """Frames by what became of them. corrected: also those called kept whose segments the reviewer changed."""

    kept: int
    corrected: int
    dropped: int
    open: int


def import_reviewed(proposals: Path, target: Path) -> ImportCounts:
    """Copy frames and segments that were kept or corrected from a folder of proposals into `target`, a folder of
    annotated frames (new or not). Doing it again brings later corrections.

    Raises InputError when the review cannot be used or keeps nothing, OutputError when `target` has another frame or
    segmentation of the same name that did not come by import.
    """
    listed, verdicts = read_proposals(proposals), read_verdicts(proposals)
    entries = {entry["name"]: entry for entry in listed["frames"]}
    unknown = sorted(set(verdicts) - set(entries))
    if unknown:
        raise InputError(f"the review in '{proposals}' names '{unknown[0]}', which was not proposed")
    chosen = [name for name, verdict in verdicts.items() if verdict in (KEPT, CORRECTED)]
    if not chosen:
        waiting = sum(verdict == OPEN for verdict in verdicts.values())
        raise InputError(
            f"the review in '{proposals}' keeps none of {len(verdicts)} frames ({waiting} are still open); say 'kept' "
            "or 'corrected' in review.json, or in the training panel"
        )
    for name in chosen:
        proposed_segments(proposals, name)  # nothing is copied before all of it can be read
    before = _imported(target)
    files = {
        name: {suffix: (proposals / f"{name}{suffix}").read_bytes() for suffix in (".png", SUFFIX)} for name in chosen
    }
    for name, contents in files.items():
        for suffix, content in contents.items():
            there = target / f"{name}{suffix}"
            if name not in before and there.exists() and there.read_bytes() != content:
                raise OutputError(f"'{there}' is there already and differs; import into another folder")
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(target, error) from error
    corrected = 0
    for name, contents in files.items():
        changed = hashlib.sha256(contents[SUFFIX]).hexdigest() != entries[name]["sha256"]
        corrected += changed
        before[name] = {
            "verdict": CORRECTED if changed else KEPT,
            "proposed_by": listed["proposed_by"],
            "confidence": entries[name]["confidence"],
        }
        for suffix, content in contents.items():
            atomic_write(target / f"{name}{suffix}", content)
    atomic_write(target / IMPORTED_FILE, json.dumps(before, indent=1, ensure_ascii=False))
    others = list(verdicts.values())
    return ImportCounts(len(chosen) - corrected, corrected, others.count(DROPPED), others.count(OPEN))


def _imported(target: Path) -> dict[str, object]:
    file = target / IMPORTED_FILE
    if not file.exists():
        return {}
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise InputError(f"'{file}' is damaged ({error}); import into another folder") from error
