"""Pseudo-labels (Yang et al. 2024, stage 1): a U-Net learns a few labels and proposes them for more frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from EndoDepthTrainingLib.labels.annotated_folder import list_frames
from EndoDepthTrainingLib.labels.proposals import NetworkProposer, propose
from EndoDepthTrainingLib.recipes.few_labels import UNET, FewLabelsSettings, learn
from EndoDepthTrainingLib.recipes.workplace import Reporter

UNET_FOLDER = "proposer"
"""In the folder of proposals: the run of the U-Net."""


def frames_to_propose(sources: Sequence[str], folder: Path | None) -> list[Path]:
    """The pictures without labels in `folder`; None: in the folders among the sources. Raises InputError."""
    folders = [folder] if folder is not None else [Path(source) for source in sources if Path(source).is_dir()]
    return [path for each in folders for path in list_frames(each).unlabelled]


def propose_by_training(
    settings: FewLabelsSettings,
    pictures: Sequence[Path],
    folder: Path,
    reporter: Reporter | None = None,
    step: Callable[[], None] = lambda: None,
    skipped: list[str] | None = None,
) -> tuple[list[str], dict[str, float]]:
    """Train settings.network on the labelled frames and write proposals for `pictures` into `folder`.

    The names of the new proposals, and the figures of the network that made them. Raises as learn and propose.
    """
    learned = learn(settings, folder / UNET_FOLDER, reporter)
    kind = "U-Net" if settings.network == UNET else "text-guided network"
    name = f"{kind}, {len(learned.training)} labelled frames, {learned.steps} steps"
    height, width = learned.training.images.shape[1:3]
    proposer = NetworkProposer(name, learned.network, learned.data.prompts, learned.data.colors, (width, height))
    return propose(proposer, pictures, folder, step, skipped), learned.figures
