"""What a phantom clip is asked to be; torch is not needed to say it."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.phantoms.labels import SCENES

APPEARANCES = ("tissue", "random")
SMALLEST_SIDE_PX = 32


@dataclass(frozen=True)
class ClipSettings:
    """The arguments of `render_video`, checked: SettingsError for one that is not known or below the least."""

    scene: str
    frames: int
    seed: int
    width: int = 320
    height: int = 256
    device: str = "cpu"
    appearance: str = "tissue"
    optics_strength: float = 1.0
    frame_step: float = 1.0

    def __post_init__(self) -> None:
        if self.scene not in SCENES:
            raise SettingsError(f"phantom scene is '{self.scene}'; expected one of {', '.join(SCENES)}")
        if self.appearance not in APPEARANCES:
            raise SettingsError(f"phantom appearance is '{self.appearance}'; expected one of {', '.join(APPEARANCES)}")
        if self.frames < 1 or min(self.width, self.height) < SMALLEST_SIDE_PX:
            raise SettingsError(
                f"phantom clip is {self.frames} frames of {self.width}x{self.height}; "
                f"expected at least 1 of {SMALLEST_SIDE_PX}x{SMALLEST_SIDE_PX}"
            )
