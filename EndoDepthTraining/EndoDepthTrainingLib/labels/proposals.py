"""Proposed labels for frames nobody labelled: pictures and `.seg.nrrd` in a folder, for a person to review.

The folder:
    NAME.png           the frame
    NAME.seg.nrrd      the structures proposed in it; Segment Editor shows it over the frame and saves corrections there
    proposals.json     {"proposed_by", "prompts", "frames": [{"name", "source", "confidence", "structures": {prompt:
                       {"pixels", "confidence"}}, "sha256"}]}, the least certain frame first
    review.json        {NAME: "open" | "kept" | "corrected" | "dropped"}: what the reviewer says; see labels.review
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
from torch import nn

from EndoDepthLib.errors import InputError
from EndoDepthLib.inference.model import EndoDepthModel
from EndoDepthLib.results.atomic import atomic_write, write_error
from EndoDepthLib.values import Frame
from EndoDepthTrainingLib.labels.annotated_folder import whole_picture
from EndoDepthTrainingLib.labels.seg_nrrd import SUFFIX, Segments, read_seg_nrrd, write_seg_nrrd

PROPOSALS_FILE = "proposals.json"
REVIEW_FILE = "review.json"
OPEN, KEPT, CORRECTED, DROPPED = "open", "kept", "corrected", "dropped"
VERDICTS = (OPEN, KEPT, CORRECTED, DROPPED)


class Proposer(Protocol):
    """Something that marks structures."""

    @property
    def name(self) -> str:
        """What it is, for the record."""

    @property
    def prompts(self) -> tuple[str, ...]:
        """The structures it marks."""

    @property
    def colors(self) -> tuple[tuple[int, int, int], ...]:
        """RGB 0..255, one a prompt."""

    def mark(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Labels (H, W) uint8, i + 1 for the i-th prompt, of an image (H, W, 3) uint8 RGB, and their probability."""
        ...


@dataclass(frozen=True)
class NetworkProposer:
    """A network of logits that was trained on frames of `size` (width, height)."""

    name: str
    network: nn.Module
    prompts: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    size: tuple[int, int]

    def mark(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """At the size of training; the probabilities are enlarged to the image's."""
        from EndoDepthTrainingLib.stages.segmentation_task import mask_probabilities

        small = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        answer = mask_probabilities(self.network, small[None])[0]
        full = (image.shape[1], image.shape[0])
        large = np.stack([cv2.resize(plane, full, interpolation=cv2.INTER_LINEAR) for plane in answer])
        return large.argmax(axis=0).astype(np.uint8), large.max(axis=0)


class ModelProposer:
    """Weights as `endodepth segment` uses them; prompts (): all that they were taught."""

    def __init__(self, model: EndoDepthModel, prompts: Sequence[str] = ()) -> None:
        self._model = model
        self._resolved = model.resolve(list(prompts) or list(model.vocabulary.classes))
        self.name = f"weights {model.weights.id}"
        self.prompts = tuple(prompt.name for prompt in self._resolved)
        self.colors = tuple(model.vocabulary.colors[prompt.class_index] for prompt in self._resolved)

    def mark(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where no prompt wins, the probability is that of none of them."""
        found = self._model.predict(Frame(image), None, self._resolved).labels
        assert found is not None and found.scores is not None
        of_none = np.clip(1.0 - found.scores.sum(axis=0), 0.0, 1.0)
        planes = np.concatenate([of_none[None], found.scores])
        return found.labels, np.take_along_axis(planes, found.labels[None].astype(np.int64), axis=0)[0]


def propose(
    proposer: Proposer,
    pictures: Sequence[Path],
    folder: Path,
    step: Callable[[], None] = lambda: None,
    skipped: list[str] | None = None,
) -> list[str]:
    """Write proposals for `pictures` into `folder`; the names of those that are new.

    What stands there already stays as it is, reviewed or not: a run that was ended goes on, and more frames can be
    added. With `skipped`, damaged pictures are left out and described there. Raises InputError for damaged pictures,
    two of one name or none at all, OutputError when the disk takes no more.
    """
    if not pictures:
        raise InputError("there is no frame to propose labels for: every one is labelled; give others with --frames")
    _check_names(pictures)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    listed = _read_listed(folder)
    entries = {entry["name"]: entry for entry in listed.get("frames", [])}
    new = []
    for path in pictures:
        step()
        if path.stem in entries:
            continue
        try:
            image = whole_picture(path)
        except InputError as error:
            if skipped is None:
                raise InputError(f"{error}; or leave such frames out with --skip-damaged") from error
            skipped.append(str(error))
            continue
        entries[path.stem] = _write_proposal(proposer, path, image, folder)
        ordered = sorted(entries.values(), key=lambda entry: (entry["confidence"], entry["name"]))
        content = {"proposed_by": proposer.name, "prompts": list(proposer.prompts), "frames": ordered}
        atomic_write(folder / PROPOSALS_FILE, json.dumps(content, indent=1, ensure_ascii=False))
        new.append(path.stem)
    verdicts = read_verdicts(folder) if (folder / REVIEW_FILE).exists() else {}
    write_verdicts(folder, {name: verdicts.get(name, OPEN) for name in entries})
    return new


def _write_proposal(proposer: Proposer, path: Path, image: np.ndarray, folder: Path) -> dict[str, Any]:
    labels, certainty = proposer.mark(image)
    structures = {}
    for value, prompt in enumerate(proposer.prompts, start=1):
        mask = labels == value
        confidence = float(certainty[mask].mean()) if mask.any() else None
        structures[prompt] = {"pixels": int(mask.sum()), "confidence": confidence}
    marked = labels > 0
    confidence = float(certainty[marked].mean()) if marked.any() else float(certainty.mean())
    atomic_write(folder / f"{path.stem}.png", cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes())
    segments = folder / f"{path.stem}{SUFFIX}"
    write_seg_nrrd(segments, Segments(labels, proposer.prompts, proposer.colors))
    digest = hashlib.sha256(segments.read_bytes()).hexdigest()
    return {
        "name": path.stem,
        "source": str(path),
        "confidence": round(confidence, 4),
        "structures": structures,
        "sha256": digest,
    }


def read_proposals(folder: Path) -> dict[str, Any]:
    """What proposals.json says. Raises InputError when it is missing or damaged."""
    if not (folder / PROPOSALS_FILE).is_file():
        raise InputError(f"'{folder}' holds no {PROPOSALS_FILE}; expected what 'endodepth labels propose' made")
    return _read_listed(folder)


def proposed_segments(folder: Path, name: str) -> Segments:
    """The structures of a frame as they stand now: proposed, or corrected. Raises InputError."""
    image = whole_picture(folder / f"{name}.png")
    return read_seg_nrrd(folder / f"{name}{SUFFIX}", (image.shape[1], image.shape[0]))


def read_verdicts(folder: Path) -> dict[str, str]:
    """The reviewer's verdict on each frame, by name. Raises InputError for a file that is missing, damaged, or says
    something else."""
    file = folder / REVIEW_FILE
    try:
        verdicts = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the review '{file}' cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise InputError(f"the review '{file}' is damaged ({error}); expected {{NAME: one of {VERDICTS}}}") from error
    if not isinstance(verdicts, dict):
        raise InputError(f"the review '{file}' holds a {type(verdicts).__name__}; expected {{NAME: one of {VERDICTS}}}")
    for name, verdict in verdicts.items():
        if verdict not in VERDICTS:
            raise InputError(f"the review '{file}' says {verdict!r} of '{name}'; expected one of {', '.join(VERDICTS)}")
    return verdicts


def write_verdicts(folder: Path, verdicts: dict[str, str]) -> None:
    """Write review.json in one step."""
    atomic_write(folder / REVIEW_FILE, json.dumps(verdicts, indent=1, ensure_ascii=False))


def _read_listed(folder: Path) -> dict[str, Any]:
    file = folder / PROPOSALS_FILE
    if not file.exists():
        return {}
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        names = [str(entry["name"]) for entry in listed["frames"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"'{file}' is damaged ({error}); propose into another folder") from error
    assert len(names) == len(listed["frames"])
    return dict(listed)


def _check_names(pictures: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in pictures:
        if path.stem in seen:
            raise InputError(f"two frames are called '{path.stem}': '{seen[path.stem]}' and '{path}'; rename one")
        seen[path.stem] = path
