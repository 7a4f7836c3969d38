"""What the recipes share: the vocabulary as tensors, stages that are done once, and weights with their card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.networks import EndoDepthNetwork, load_checkpoint, save_checkpoint
from EndoDepthLib.prompts import Vocabulary, load_vocabulary
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets import FrameSet
from EndoDepthTrainingLib.stages import StageConfig, Taught, class_weights, train_stage
from EndoDepthTrainingLib.stages.assessment import assess
from EndoDepthTrainingLib.stages.sheet import draw_sheet

NETWORK_FILE = "network.safetensors"
STAGE_ENTRY = "stage"  # of the metadata of NETWORK_FILE: the configuration of the stage
FIGURES_FILE = "figures.txt"
SHEET_ROWS = 6


@dataclass(frozen=True)
class Workplace:
    """The folder of a run, the device ("cpu", "cuda", ...) and the vocabulary that is taught."""

    folder: Path
    device: str
    vocabulary: Vocabulary

    @classmethod
    def open(cls, folder: Path, device: str) -> Workplace:
        """Make the folder if need be and load the vocabulary of the default weights."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, device, load_vocabulary())

    @property
    def text(self) -> torch.Tensor:
        """(K, D) float32 class embeddings."""
        return torch.from_numpy(np.asarray(self.vocabulary.embeddings))

    def stage_network(self, stage: str) -> EndoDepthNetwork:
        """The network a finished stage left. Raises InputError when it is not there."""
        file = self.folder / stage / NETWORK_FILE
        if not file.exists():
            raise InputError(f"{file} is missing; first run the recipe it builds on, with the same output folder")
        return load_checkpoint(file).network.to(self.device)

    def run_stage(
        self,
        config: StageConfig,
        network: EndoDepthNetwork,
        sets: Mapping[str, FrameSet],
        validation: FrameSet | None,
        card: Mapping[str, Any],
    ) -> EndoDepthNetwork:
        """Train a stage, or take its network when it is done; the averaged network, in evaluation mode.

        Raises SettingsError when it was done with another configuration (files of old do not say with which).
        """
        folder = self.folder / config.name
        settings = json.loads(json.dumps(asdict(config)))
        if (folder / NETWORK_FILE).exists():
            checkpoint = load_checkpoint(folder / NETWORK_FILE)
            _check_settings(folder, checkpoint.metadata.get(STAGE_ENTRY), settings)
            return checkpoint.network.to(self.device)
        classes = self.vocabulary.classes
        weights = class_weights(sets, len(classes)).to(self.device)
        taught = Taught(self.text.to(self.device), weights, procedure_table(self.vocabulary).to(self.device))

        def validate(average: EndoDepthNetwork, step: int) -> None:
            assert validation is not None
            line = f"{config.name} step {step}: {assess(average, validation, self.vocabulary).summary()}"
            print(line, flush=True)
            with (folder / FIGURES_FILE).open("a", encoding="utf-8") as file:
                file.write(line + "\n")

        def sheet(average: EndoDepthNetwork, step: int) -> None:
            for name, frames in ({"validation": validation} if validation is not None else dict(sets)).items():
                rows = np.linspace(0, len(frames) - 1, SHEET_ROWS).round().astype(int).tolist()
                target = folder / "sheets" / f"{name}-{step:06d}.png"
                draw_sheet(average, frames, rows, self.text, self.vocabulary.colors, target)

        average = train_stage(
            config, network.to(self.device), sets, taught, folder, None if validation is None else validate, sheet
        )
        # float32: what later stages continue from must not depend on when a run was interrupted.
        metadata = {**card, STAGE_ENTRY: settings}
        save_checkpoint(folder / NETWORK_FILE, average, self.vocabulary.to_dict(), metadata, half=False)
        return average

    def export(self, file: str, network: EndoDepthNetwork, metadata: Mapping[str, Any], card: str) -> str:
        """Write weights (float16) and their model card beside each other; the SHA-256 of the weights."""
        sha256 = save_checkpoint(self.folder / file, network, self.vocabulary.to_dict(), dict(metadata))
        size = (self.folder / file).stat().st_size
        text = card + f"\nFile `{file}`, {size} bytes, SHA-256 `{sha256}`.\n"
        atomic_write((self.folder / file).with_suffix(".md"), text)
        return sha256


def _check_settings(folder: Path, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    """Raises SettingsError naming every setting in which a finished stage differs; None: it does not say."""
    if before is None:
        return
    old, new = _flat(before), _flat(now)
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    if names:
        differences = ", ".join(f"{name} = {old.get(name)!r}, now {new.get(name)!r}" for name in names)
        raise SettingsError(f"{folder} was trained with {differences}; give another output folder")


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested entries under dotted names."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def procedure_table(vocabulary: Vocabulary) -> torch.Tensor:
    """(P, K) bool: the classes seen in each procedure of the vocabulary, procedures in alphabetical order."""
    names = sorted({name for seen_in in vocabulary.procedures for name in seen_in})
    rows = [[name in seen_in for seen_in in vocabulary.procedures] for name in names]
    return torch.tensor(rows, dtype=torch.bool).reshape(len(names), len(vocabulary))
