"""How weights are adapted to one video."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthLib.errors import SettingsError


@dataclass(frozen=True)
class AdaptationConfig:
    """Settings of the adaptation; the defaults fit 250 frames into 20 minutes on two cores.

    pixels: of the pictures that are learned from (fewer than the network later sees, which is what its own training
    did too). batch: frames a step; sources: neighbours that each is synthesised from. hold_out_every: every so many-th
    frame is neither learned from nor shown beside one that is; hold_out_points: share of the tracks of structure from
    motion that are kept apart, whole tracks. angle_deg: the angle under which a frame and its neighbour should see the
    tissue. Loss weights: points (sparse depth), photometric, smoothness, original (log depth gradients of the original
    network), moving (the same of instruments and their edges, of which no teacher says anything), masks (its masks),
    confidence. encoder_learning_rate is that of everything the masks share; the decoder of the masks itself does not
    learn. flips, brightness: random mirroring, and exposure within +- so many stops, of what the network sees.
    """

    seed: int = 0
    pixels: int = 224 * 192
    batch: int = 4
    sources: int = 2
    hold_out_every: int = 5
    hold_out_points: float = 0.2
    angle_deg: float = 3.0
    learning_rate: float = 4e-4
    encoder_learning_rate: float = 1e-4
    pose_learning_rate: float = 2e-3
    points: float = 1.0
    photometric: float = 1.0
    smoothness: float = 0.02
    original: float = 0.05
    moving: float = 0.5
    masks: float = 0.5
    confidence: float = 0.1
    flips: bool = True
    brightness: float = 0.3

    def __post_init__(self) -> None:
        for name, least in (("batch", 1), ("sources", 1), ("pixels", 32 * 32), ("hold_out_every", 2)):
            if getattr(self, name) < least:
                raise SettingsError(f"{name} of the adaptation is {getattr(self, name)}; expected {least} or more")
        if not 0.0 < self.hold_out_points < 1.0:
            raise SettingsError(f"hold_out_points is {self.hold_out_points}; expected more than 0 and less than 1")
