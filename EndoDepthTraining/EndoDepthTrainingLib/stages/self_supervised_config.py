"""How stage 2 is set: self-supervised depth from video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from EndoDepthLib.errors import SettingsError
from EndoDepthTrainingLib.datasets.motion.batches import JitterConfig


@dataclass(frozen=True)
class SelfSupervisedConfig:
    """Settings of the self-supervised task.

    batch: targets a step. scales: of the inverse depth that are supervised. held_out_every: every so many-th target is
    not learned from; 0: none. encoder_learning_rate: of what depth and masks share; training_learning_rate: of the
    networks that only training needs. Loss weights: photometric; smoothness; guidance (L_s, 0: without); registration
    and flow_smoothness (optical flow); appearance and appearance_smoothness (appearance flow); masks: cross entropy
    that holds the masks where the start weights had them, 0: without. calibration: whether brightness is calibrated at
    all; calibrated_after: steps before which the flows learn alone. flow_scale: size of the flow networks' pictures.
    origin: what the training starts from and learns from, for the record.
    """

    name: str = "self-supervised-depth"
    seed: int = 0
    batch: int = 8
    scales: int = 4
    held_out_every: int = 12
    learning_rate: float = 4e-4
    encoder_learning_rate: float = 1e-4
    training_learning_rate: float = 4e-4
    weight_decay: float = 1e-3
    photometric: float = 1.0
    smoothness: float = 1e-3
    guidance: float = 1e-2
    calibration: bool = True
    calibrated_after: int = 200
    registration: float = 0.2
    flow_smoothness: float = 2e-3
    appearance: float = 0.2
    appearance_smoothness: float = 0.02
    masks: float = 0.0
    flow_scale: float = 0.5
    jitter: JitterConfig = field(default_factory=JitterConfig)
    origin: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, least, most in (("batch", 1, 4096), ("scales", 1, 4), ("flow_scale", 0.25, 1.0)):
            if not least <= getattr(self, name) <= most:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected {least} to {most}")
        if self.held_out_every < 0 or self.held_out_every == 1:
            raise SettingsError(f"held_out_every is {self.held_out_every}; expected 0 (none) or 2 and more")
