"""default-v0: the default weights. Phantoms teach depth and masks; then real larynx images join."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthTrainingLib.datasets import (
    AugmentationConfig,
    BatchConfig,
    FrameSet,
    PhantomSetConfig,
    data_folder,
    read_larynx,
    render_phantoms,
)
from EndoDepthTrainingLib.recipes.model_card import default_card
from EndoDepthTrainingLib.recipes.workplace import Workplace
from EndoDepthTrainingLib.stages import OptimiserConfig, StageConfig
from EndoDepthTrainingLib.stages.assessment import Assessment, assess, write_figures

HELD_OUT_SCENE = "airway"
"""The phantom family no training ever sees: what depth is worth on a kind of anatomy never met."""

WEIGHTS_FILE = "endodepth-default-v0.safetensors"


@dataclass(frozen=True)
class DefaultRecipe:
    """Settings of default-v0. validation: watched while training; test: new seeds, looked at once, at the end."""

    network: NetworkConfig = field(default_factory=lambda: NetworkConfig(input_pixels=224 * 192))
    training: PhantomSetConfig = field(default_factory=PhantomSetConfig)
    # The two families with the most kinds of shapes in one picture are the hardest: the second stage sees more of them.
    harder: PhantomSetConfig = field(
        default_factory=lambda: PhantomSetConfig(
            scenes=("laparoscopy", "sinus"), clips_per_scene=1000, first_seed=20_000, random_every=4
        )
    )
    validation: PhantomSetConfig = field(
        default_factory=lambda: PhantomSetConfig(clips_per_scene=20, first_seed=1_000, random_every=0)
    )
    test: PhantomSetConfig = field(
        default_factory=lambda: PhantomSetConfig(clips_per_scene=20, first_seed=2_000, random_every=0)
    )
    # Depth is a global matter: small pictures teach most of it in half the time, larger ones then sharpen it.
    phantoms: StageConfig = field(
        default_factory=lambda: StageConfig(
            "phantoms-stage",
            steps=4200,
            seed=1,
            batch=BatchConfig(sizes=((128, 160), (128, 160), (160, 160), (96, 192), (128, 128))),
            validate_every=1400,
            sheet_every=1400,
        )
    )
    larynx: StageConfig = field(
        default_factory=lambda: StageConfig(
            "default-stage",
            steps=2600,
            seed=2,
            batch=BatchConfig(
                {"phantoms": 4, "harder": 3, "larynx": 1},
                sizes=((160, 192), (160, 192), (192, 192), (192, 224), (128, 224)),
                augmentation=AugmentationConfig(exposure_stops=0.5, gamma=0.25, hue_deg=12, channel_gain=0.12),
            ),
            optimiser=OptimiserConfig(learning_rate=7e-4, encoder_learning_rate=3e-4, warmup_steps=100),
            validate_every=1300,
            sheet_every=1300,
        )
    )


def run_default(recipe: DefaultRecipe, place: Workplace) -> None:
    """Render, train both stages, test, export. Every part is kept and not made again."""
    output = place.folder
    training, validation = phantom_sets(recipe, place)
    network = EndoDepthNetwork(recipe.network, "imagenet")
    network = place.run_stage(recipe.phantoms, network, {"phantoms": training}, validation, {"recipe": "default-v0"})
    larynx = read_larynx(data_folder("larynx"), place.vocabulary.classes)
    harder = render_phantoms(output / "phantoms-harder", recipe.harder, place.vocabulary.classes)
    sets = {"phantoms": training, "harder": harder, "larynx": larynx}
    network = place.run_stage(recipe.larynx, network, sets, validation, {"recipe": "default-v0"})
    tested = test_on_phantoms(recipe, place, network)
    figures = {name: assessment.figures() for name, assessment in tested.items()}
    write_figures(output / "default-v0-figures.json", figures)
    metadata = {"recipe": "default-v0", "settings": asdict(recipe), "figures": figures}
    sha256 = place.export(WEIGHTS_FILE, network, metadata, default_card("v0", tested, place.vocabulary))
    print(f"{output / WEIGHTS_FILE}\nSHA-256 {sha256}", flush=True)


def phantom_sets(recipe: DefaultRecipe, place: Workplace) -> tuple[FrameSet, FrameSet]:
    """Training and validation phantoms, rendered when they are not there yet."""
    classes = place.vocabulary.classes
    return (
        render_phantoms(place.folder / "phantoms-training", recipe.training, classes),
        render_phantoms(place.folder / "phantoms-validation", recipe.validation, classes),
    )


def test_on_phantoms(recipe: DefaultRecipe, place: Workplace, network: EndoDepthNetwork) -> dict[str, Assessment]:
    """Figures on new seeds of the taught scenes together, of each, and of the family that was held out; printed."""
    classes = place.vocabulary.classes
    scenes = (*recipe.test.scenes, HELD_OUT_SCENE)
    frames = render_phantoms(place.folder / "phantoms-test", replace(recipe.test, scenes=scenes), classes)
    parts = {"taught scenes, new seeds": frames.groups != HELD_OUT_SCENE}
    parts |= {scene: frames.groups == scene for scene in recipe.test.scenes}
    parts[f"held-out scene ({HELD_OUT_SCENE})"] = frames.groups == HELD_OUT_SCENE
    tested = {name: assess(network, frames.subset(keep), place.vocabulary) for name, keep in parts.items()}
    for name, assessment in tested.items():
        print(f"{name}: {assessment.summary()}", flush=True)
    return tested
