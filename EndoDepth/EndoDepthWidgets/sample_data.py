"""Sample cases for the module Sample Data: rendered on this computer, nothing is downloaded.

Importing this file needs neither Slicer nor Qt, so that a module may do so while Slicer starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import EndoDepthLib
from EndoDepthLib.errors import OutputError

CATEGORY = "EndoDepth"

_PICTURES = Path(__file__).resolve().parent / "Resources"
_LAST_FILE = "poses.json"  # of a rendered clip; it is whole when this is there


@dataclass(frozen=True)
class Sample:
    """A scene of one seed; prompts: what is to be seen in it.

    The seeds are larger than those that recipes draw from, so that no training saw these scenes.
    """

    name: str
    scene: str
    seed: int
    prompts: tuple[str, ...]
    frames: int = 30
    width: int = 480
    height: int = 384
    frame_step: int = 3
    optics_strength: float = 0.3

    @property
    def thumbnail(self) -> Path:
        """The picture on its button."""
        return _PICTURES / f"sample-{self.scene}.png"

    @property
    def clip_name(self) -> str:
        """Name of the folder that holds it, another one for every version of the renderer."""
        size = f"{self.frames}x{self.width}x{self.height}"
        return f"{self.scene}-{self.seed}-{size}-{EndoDepthLib.__version__}"


SAMPLES = (
    Sample("EndoDepth laparoscopy", "laparoscopy", 950_035, ("liver", "bowel", "fat", "surgical instrument")),
    Sample("EndoDepth colon", "colon", 950_003, ("colon wall", "polyp")),
    Sample("EndoDepth larynx", "larynx", 950_003, ("vocal folds", "glottis", "laryngeal lesion")),
)


def register_sample_data() -> None:
    """Put the samples into the module Sample Data. Call it once Slicer has started."""
    from SampleData import SampleDataLogic

    for sample in SAMPLES:
        SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=sample.name,
            uris=[],  # there is nothing to download, so these three are empty alike
            fileNames=[],
            nodeNames=[],
            thumbnailFileName=str(sample.thumbnail),
            customDownloader=SampleButton(sample),
        )


@dataclass(frozen=True)
class SampleButton:
    """What the button of a sample does. A value: two of the same sample are equal, so that it is registered once."""

    sample: Sample

    def __call__(self, _source: object) -> None:
        """Render the sample and load it, beside the event loop."""
        from EndoDepthWidgets.sample_loading import load_sample

        load_sample(self.sample)


def rendering_commands(sample: Sample, cache: Path, partial: Path, frames: Path) -> Iterator[list[str]]:
    """The command lines that render a sample into `cache`, unless it is there, and write its frames into `frames`.

    partial: a folder that is not there yet, on the disk of the cache; it is renamed when it is whole. Raises
    OutputError when it cannot be.
    """
    clip = cache / sample.clip_name
    if not (clip / _LAST_FILE).is_file():
        yield [
            "synthesize", sample.scene, "--seed", str(sample.seed), "--frames", str(sample.frames),
            "--width", str(sample.width), "--height", str(sample.height), "--frame-step", str(sample.frame_step),
            "--optics-strength", f"{sample.optics_strength:g}", "--output", str(partial),
        ]  # fmt: skip
        try:
            partial.replace(clip)
        except OSError as error:
            if not (clip / _LAST_FILE).is_file():  # another Slicer may have been faster
                raise OutputError(
                    f"the rendered clip cannot be moved to '{clip}' ({error.strerror or error}); free some space in "
                    "Slicer's cache folder, or choose another one in its settings"
                ) from error
    yield ["frames", str(clip / "clip.mp4"), "--output", str(frames)]
