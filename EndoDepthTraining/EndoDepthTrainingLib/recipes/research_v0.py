"""research-v0, research-v1: the default weights taught real polyps as well. For research use: see the data's terms."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np

from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthLib.networks import EndoDepthNetwork
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet, data_folder, read_larynx, read_polyp
from EndoDepthTrainingLib.datasets.phantoms import open_phantoms
from EndoDepthTrainingLib.recipes.default_v0 import DefaultRecipe, test_on_phantoms
from EndoDepthTrainingLib.recipes.default_v1 import LARGE, PHANTOMS
from EndoDepthTrainingLib.recipes.model_card import research_card
from EndoDepthTrainingLib.recipes.workplace import Workplace
from EndoDepthTrainingLib.stages import LossConfig, OptimiserConfig, StageConfig
from EndoDepthTrainingLib.stages.assessment import predictions, write_figures


@dataclass(frozen=True)
class ResearchRecipe:
    """Settings of research-v0; it starts from the default weights' last stage and keeps their data in the batches."""

    version: str = "v0"
    start: str = "default-stage"
    phantoms: str = "phantoms-training"
    stage: StageConfig = field(
        default_factory=lambda: StageConfig(
            "research-stage",
            steps=600,
            seed=4,
            batch=BatchConfig(
                {"phantoms": 2, "larynx": 1, "polyp": 5}, sizes=((160, 192), (192, 192), (192, 160), (224, 192))
            ),
            optimiser=OptimiserConfig(learning_rate=6e-4, encoder_learning_rate=3e-4, warmup_steps=30),
            loss=LossConfig(segmentation=1.0),
            validate_every=300,
        )
    )

    @property
    def name(self) -> str:
        """Of the recipe."""
        return f"research-{self.version}"


def research_v1() -> ResearchRecipe:
    """Settings of research-v1, which starts from default-v1 and looks at polyps for longer."""
    return ResearchRecipe(
        "v1",
        LARGE,
        PHANTOMS,
        StageConfig(
            "research-stage-v1",
            steps=1500,
            seed=14,
            batch=BatchConfig(
                {"phantoms": 2, "larynx": 1, "polyp": 5}, sizes=((160, 192), (192, 192), (192, 160), (224, 192))
            ),
            optimiser=OptimiserConfig(learning_rate=6e-4, encoder_learning_rate=3e-4, warmup_steps=30),
            loss=LossConfig(segmentation=1.0),
            validate_every=500,
        ),
    )


def run_research(recipe: ResearchRecipe, place: Workplace) -> None:
    """Continue from the default stage with polyp images, test, export."""
    output = place.folder
    classes = place.vocabulary.classes
    sets = {
        "phantoms": open_phantoms(output / recipe.phantoms),
        "larynx": read_larynx(data_folder("larynx"), classes),
        "polyp": read_polyp(data_folder("polyp"), "train", classes),
    }
    validation = open_phantoms(output / "phantoms-validation")
    start = place.stage_network(recipe.start)
    network = place.run_stage(recipe.stage, start, sets, validation, {"recipe": recipe.name})
    polyps = assess_polyps(network, place, read_polyp(data_folder("polyp"), "validation", classes))
    print(polyps.table(), flush=True)
    tested = test_on_phantoms(DefaultRecipe(), place, network)
    figures = {name: assessment.figures() for name, assessment in tested.items()}
    figures["polyp validation"] = {"masks": polyps.to_dict()}
    write_figures(output / f"{recipe.name}-figures.json", figures)
    metadata = {"recipe": recipe.name, "settings": asdict(recipe), "figures": figures}
    weights_file = f"endodepth-{recipe.name}.safetensors"
    sha256 = place.export(
        weights_file, network, metadata, research_card(recipe.version, tested, polyps, place.vocabulary)
    )
    print(f"{output / weights_file}\nSHA-256 {sha256}", flush=True)


def assess_polyps(network: EndoDepthNetwork, place: Workplace, frames: FrameSet) -> SegmentationEvaluation:
    """Masks of the class polyp, when only it is asked for, against frames where only polyps are labelled."""
    polyp = 1 + place.vocabulary.classes.index("polyp")
    evaluation = SegmentationEvaluation(("polyp",))
    for row, _, _, labels in predictions(network, frames, place.vocabulary):
        evaluation.add((labels == polyp).astype(np.uint8), (frames.labels[row] == polyp).astype(np.uint8))
    return evaluation
