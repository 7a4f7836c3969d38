"""A network on the frames of a data set, one after the other: figures, kept as they come."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.evaluation import IGNORED, DepthReference
from EndoDepthLib.inference import EndoDepthModel, Prediction
from EndoDepthLib.results.atomic import atomic_write, remove_partial_files, write_error
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area
from EndoDepthTrainingLib.datasets.public.sample import Sample
from EndoDepthTrainingLib.evaluation.image_rows import ImageRow, Outcome
from EndoDepthTrainingLib.evaluation.pose_evaluation import PoseEvaluation
from EndoDepthTrainingLib.evaluation.selection import ComparedClasses, Selection, compared_classes
from EndoDepthTrainingLib.evaluation.tally import Tally, TallyFiles

SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class ReadSample:
    """The arrays of a sample: image (H, W, 3) uint8 RGB, depth (H, W) float64 mm or None, labels in the terms of the
    compared classes (H, W) uint8 or None."""

    image: np.ndarray
    depth: np.ndarray | None
    labels: np.ndarray | None


@dataclass
class DatasetEvaluation:
    """An evaluation of weights on a selection of frames.

    wanted: classes to compare, default all that both know. poses: predicted poses against the set's, or None.
    skip_broken: leave out frames that cannot be read, and list them. frames: those that are looked at, none where the
    set knows poses only. Raises SettingsError when the set holds nothing
    that can be compared.
    """

    selection: Selection
    model: EndoDepthModel
    wanted: tuple[str, ...] = ()
    poses: PoseEvaluation | None = None
    skip_broken: bool = False
    classes: ComparedClasses | None = field(init=False)
    frames: tuple[Sample, ...] = field(init=False)
    tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        frames = self.selection.frames
        has_labels = any(sample.labels is not None for sample in frames)
        labelled = self.selection.classes if has_labels else ()
        self.classes = compared_classes(labelled, self.model.vocabulary, self.wanted)
        has_truth = self.classes is not None or any(sample.depth_mm is not None for sample in frames)
        self.frames = frames if has_truth else ()
        if not has_truth and self.poses is None:
            raise SettingsError(
                f"'{self.selection.folder}' holds nothing to compare with: no depth, and of the classes "
                f"{', '.join(labelled) or 'none'} the weights know none"
            )
        names = () if self.classes is None else self.classes.names
        self.tally = Tally.begun(self.selection.protocol.depth, names)

    def settings(self) -> dict[str, Any]:
        """What decides the figures, as JSON values."""
        selection, weights = self.selection, self.model.weights
        return {
            "dataset": selection.description.name,
            "folder": str(selection.folder),
            "protocol": selection.protocol.name,
            "split": selection.split,
            "frames_of_split": len(selection.split_frames),
            "frames": len(self.frames),
            "weights": weights.id,
            "weights_sha256": weights.sha256,
            "classes": [] if self.classes is None else list(self.classes.names),
            "poses": None if self.poses is None else str(self.poses.source),
            "skip_broken": self.skip_broken,
        }

    def run(self, folder: Path, resume: bool = False, step: Callable[[int], None] = lambda count: None) -> None:
        """Compare every frame; figures go to files in `folder` as they come, so that a run can be taken up again.

        step: told how many more frames are done. Raises InputError for a frame that cannot be read (unless
        skip_broken), or when no frame could be compared; OutputError.
        """
        files = TallyFiles(folder, self.tally)
        self._open(folder, files, resume)
        done = len(self.tally.rows)
        step(done)
        for sample in self.frames[done:]:
            files.add(self.compare(sample))
            step(1)
        if self.tally.rows and not self.tally.of(Outcome.COMPARED):
            reason = self.tally.rows[0].reason
            raise InputError(f"none of {len(self.tally.rows)} frames could be compared; the first: {reason}")

    def compare(self, sample: Sample) -> ImageRow:
        """Count one frame in the tally and give its row."""
        about = (sample.name, sample.sequence, sample.index)
        try:
            known = self.read(sample)
        except InputError as error:
            if self.skip_broken:
                return ImageRow(*about, Outcome.BROKEN, str(error))
            raise InputError(
                f"frame '{sample.name}': {error}; --skip-broken leaves out and lists such frames"
            ) from error
        if known.depth is None and known.labels is None:
            return ImageRow(*about, Outcome.WITHOUT_TRUTH, self._why_without_truth(sample))
        prediction, labels = self.answer(known)
        depth, confidence = {}, (np.nan, np.nan)
        if known.depth is not None:
            reference = DepthReference(sample.name, known.depth, known.image)
            curve = self.tally.depth.add(reference, prediction.depth.depth, prediction.depth.confidence)
            depth = self.tally.depth.images[sample.name]
            confidence = confidence if curve is None else (curve.fall(), curve.ause)
        dice = None
        if known.labels is not None and labels is not None:
            self.tally.masks.add(labels, known.labels)
            dice = self.tally.masks.image_dice[-1]
        return ImageRow(*about, depth=depth, confidence=confidence, dice=dice)

    def read(self, sample: Sample) -> ReadSample:
        """The arrays of a frame; depth without a pixel between the protocol's limits and labels of void are None."""
        image = sample.image()
        depth = None if sample.depth_mm is None else sample.depth_mm().astype(np.float64)
        if depth is not None:
            limits = self.selection.protocol.depth
            if not ((depth > limits.min_depth) & (depth < limits.max_depth)).any():  # NaN is neither
                depth = None
        labels = None
        if self.classes is not None and sample.labels is not None:
            labels = self.classes.from_label[sample.labels()]
            labels = labels if (labels != IGNORED).any() else None
        return ReadSample(image, depth, labels)

    def answer(self, known: ReadSample) -> tuple[Prediction, np.ndarray | None]:
        """What the weights say of a frame, as users get it, and labels in the terms of the compared classes.

        The content area is found in the frame itself. Asked for are the classes of the procedure that the frame shows:
        a user knows whether it is a larynx or a colon. Where labels do not tell, all classes are asked for.
        """
        frame = Frame(known.image)
        asked = self._asked(known.labels)
        names = () if self.classes is None else tuple(self.classes.names[place] for place in asked)
        prediction = self.model.predict(frame, None, names, find_content_area([frame]), with_scores=False)
        if prediction.labels is None:
            return prediction, None
        label_from_answer = np.array([0, *(place + 1 for place in asked)], np.uint8)
        return prediction, label_from_answer[prediction.labels.labels]

    def _asked(self, labels: np.ndarray | None) -> list[int]:
        """Places in the compared classes."""
        if self.classes is None:
            return []
        every = list(range(len(self.classes.names)))
        if labels is None:
            return every
        shown = [self.classes.indices[label - 1] for label in np.unique(labels).tolist() if 0 < label < IGNORED]
        beside = self.model.vocabulary.competitors(shown) if shown else self.classes.indices
        return [place for place in every if self.classes.indices[place] in beside]

    def _why_without_truth(self, sample: Sample) -> str:
        limits = self.selection.protocol.depth
        parts = []
        if sample.depth_mm is not None:
            parts.append(f"no depth between {limits.min_depth:g} and {limits.max_depth:g} mm")
        if sample.labels is not None:
            parts.append("nothing but void is labelled")
        return " and ".join(parts) or "neither depth nor labels"

    def _open(self, folder: Path, files: TallyFiles, resume: bool) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder, error) from error
        settings, path = self.settings(), folder / SETTINGS_FILE
        remove_partial_files(folder)
        if resume and path.is_file():
            _check_same(path, settings)
            files.go_on()
            return
        atomic_write(path, json.dumps(settings, indent=2, ensure_ascii=False) + "\n")
        files.begin()


def _check_same(path: Path, settings: dict[str, Any]) -> None:
    """Raise SettingsError when an earlier run was told something else."""
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' cannot be read ({error}); choose a new folder with --output") from error
    for name, value in settings.items():
        if not isinstance(earlier, dict) or earlier.get(name) != value:
            said = earlier.get(name) if isinstance(earlier, dict) else None
            raise SettingsError(
                f"'{path.parent}' was begun with {name} {said!r}, now it is {value!r}; give the same settings, or "
                "a new folder"
            )
