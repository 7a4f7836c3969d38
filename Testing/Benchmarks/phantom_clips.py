"""Phantom frames that no training saw, spread over many scenes of each kind, with the network's answer to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from EndoDepthLib.inference import EndoDepthModel, Prediction
from EndoDepthLib.phantoms import LABELS, SCENES, PhantomFrame, render_video
from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area

LEFT_OUT_SCENE = "airway"
"""The kind of scene that the default recipe never trains on: what it scores here says how far training reaches."""
TAUGHT_SCENES = tuple(scene for scene in SCENES if scene != LEFT_OUT_SCENE)
PROCEDURE_FROM_SCENE = {
    "colon": "colonoscopy",
    "sinus": "sinus endoscopy",
    "larynx": "laryngoscopy",
    "laparoscopy": "laparoscopy",
}
FIRST_TEST_SEED = 900_000
"""Seeds from here on belong to tests; the recipe draws its own below."""
FRAME_STEP = 20.0  # frames of camera motion between two pictures, so that one clip shows several views


@dataclass(frozen=True)
class Answer:
    """A phantom frame and what the network says of it."""

    name: str
    phantom: PhantomFrame
    prediction: Prediction


def classes_of(scene: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The phantom classes a user of this procedure would ask for; all where the weights name no procedures."""
    named = [index for name in LABELS[1:] if (index := vocabulary.index_of(name)) is not None]
    if vocabulary.procedures:
        named = [index for index in named if PROCEDURE_FROM_SCENE[scene] in vocabulary.procedures[index]]
    return tuple(vocabulary.classes[index] for index in named)


def answers(
    model: EndoDepthModel, scene: str, seeds: int, frames: int, first_seed: int, prompts: Sequence[str] = ()
) -> Iterator[Answer]:
    """`frames` pictures of each of `seeds` scenes of one kind; the content area is found as in the main job."""
    for seed in range(first_seed, first_seed + seeds):
        clip = list(render_video(scene, frames, seed, frame_step=FRAME_STEP))
        pictures = [Frame(phantom.image, phantom.index) for phantom in clip]
        content = find_content_area(pictures)
        for phantom, picture in zip(clip, pictures, strict=True):
            prediction = model.predict(picture, phantom.camera, prompts, content, with_scores=False)
            yield Answer(f"{scene} {seed} {phantom.index}", phantom, prediction)
