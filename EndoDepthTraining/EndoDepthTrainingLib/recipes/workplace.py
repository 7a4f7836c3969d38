"""What the recipes share: the vocabulary as tensors, stages that are done once, and weights with their card."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
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
from EndoDepthTrainingLib.processes import first_before_others, from_first, own_share
from EndoDepthTrainingLib.stages import Report, StageConfig, SupervisedTask, train
from EndoDepthTrainingLib.stages.config import differing_settings

NETWORK_FILE = "network.safetensors"
STAGE_ENTRY = "stage"  # of the metadata of NETWORK_FILE: the configuration of the stage

Reporter = Callable[[str], Report]


@dataclass(frozen=True)
class Workplace:
    """The folder of a run, the device ("cpu", "cuda", ...), the vocabulary that is taught and, if anybody wants to know
    how far a stage is, what makes the report of a stage by its name."""

    folder: Path
    device: str
    vocabulary: Vocabulary
    reporter: Reporter | None = None

    @classmethod
    def open(cls, folder: Path, device: str, reporter: Reporter | None = None) -> Workplace:
        """Make the folder if need be and load the vocabulary of the default weights."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, device, load_vocabulary(), reporter)

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
        task = SupervisedTask(config, network.to(self.device), sets, self.vocabulary, validation)
        average = train(config.loop, task, folder, None if self.reporter is None else self.reporter(config.name))
        assert isinstance(average, EndoDepthNetwork)
        # float32: what later stages continue from must not depend on when a run was interrupted.
        metadata = {**card, STAGE_ENTRY: settings}
        with first_before_others():
            if own_share().is_first:
                save_checkpoint(folder / NETWORK_FILE, average, self.vocabulary.to_dict(), metadata, half=False)
        return average

    def export(self, file: str, network: EndoDepthNetwork, metadata: Mapping[str, Any], card: str) -> str:
        """Write weights (float16) and their model card beside each other; the SHA-256 of the weights."""
        return from_first(lambda: self._write(self.folder / file, network, metadata, card))

    def _write(self, file: Path, network: EndoDepthNetwork, metadata: Mapping[str, Any], card: str) -> str:
        sha256 = save_checkpoint(file, network, self.vocabulary.to_dict(), dict(metadata))
        text = card + f"\nFile `{file.name}`, {file.stat().st_size} bytes, SHA-256 `{sha256}`.\n"
        atomic_write(file.with_suffix(".md"), text)
        return sha256


def _check_settings(folder: Path, before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
    """Raises SettingsError naming every setting in which a finished stage differs; None: it does not say."""
    differences = "" if before is None else differing_settings(before, now)
    if differences:
        raise SettingsError(f"{folder} was trained with {differences}; give another output folder")
