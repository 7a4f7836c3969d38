"""Phantom frames that no training saw, spread over many scenes of each kind, with the network's answer to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from EndoDepthLib.inference import EndoDepthModel, Prediction
from EndoDepthLib.phantoms import SCENES, PhantomFrame, render_video
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area

LEFT_OUT_SCENE = "airway"
"""The kind of scene that the default recipe never trains on: what it scores here says how far training reaches."""
TAUGHT_SCENES = tuple(scene for scene in SCENES if scene != LEFT_OUT_SCENE)
FIRST_TEST_SEED = 900_000
"""Seeds from here on belong to tests; the recipe draws its own below."""
FRAME_STEP = 20.0  # frames of camera motion between two pictures, so that one clip shows several views


@dataclass(frozen=True)
class Answer:
    """A phantom frame and what the network says of it."""

    name: str
    phantom: PhantomFrame
    prediction: Prediction


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
