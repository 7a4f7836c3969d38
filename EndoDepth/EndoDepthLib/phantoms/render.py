"""Phantom videos: a scene, a camera path, light and optics, with exact depth, labels and poses."""

from __future__ import annotations

from collections.abc import Iterator

from EndoDepthLib.phantoms.clip import PhantomClip, PhantomFrame
from EndoDepthLib.phantoms.clip_settings import ClipSettings


def render_video(
    scene: str,
    frames: int,
    seed: int,
    width: int = 320,
    height: int = 256,
    device: str = "cpu",
    appearance: str = "tissue",
    optics_strength: float = 1.0,
    frame_step: float = 1.0,
) -> Iterator[PhantomFrame]:
    """A phantom clip, the same for the same arguments on the same kind of device.

    `appearance`: "tissue" for the usual colours of each structure, "random" for colours that mean nothing; frame_step:
    frames of camera motion between two pictures (1 is 30 pictures a second); optics_strength 0 (clean) to 1 (wild).
    Raises SettingsError for an unknown scene or appearance, or a size or count below the least.
    """
    settings = ClipSettings(scene, frames, seed, width, height, device, appearance, optics_strength, frame_step)
    return _render(settings)


def _render(settings: ClipSettings) -> Iterator[PhantomFrame]:
    clip = PhantomClip(settings)
    for index in range(settings.frames):
        yield clip.develop(clip.expose(index), index)
