"""What a stage of training is: nested frozen dataclasses, saved with it, that rebuild themselves from JSON."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from EndoDepthLib.errors import SettingsError
from EndoDepthTrainingLib.datasets import BatchConfig

PRECISIONS = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class LoopConfig:
    """How the loop runs a task. The intervals are in steps, 0 = never; clip_norm 0 = gradients are not clipped.

    average_decay: of the exponential moving average of the weights. precision: one of PRECISIONS, of the passes through
    the networks; weights, and what is summed, stay float32. Raises SettingsError for values it cannot take.
    """

    name: str
    steps: int
    seed: int = 0
    warmup_steps: int = 60
    clip_norm: float = 2.0
    average_decay: float = 0.995
    precision: str = "float32"
    checkpoint_every: int = 50
    validate_every: int = 400
    sheet_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise SettingsError(f"precision is {self.precision!r}; expected one of {', '.join(PRECISIONS)}")
        if self.steps < 1:
            raise SettingsError(f"steps is {self.steps}; expected at least 1")
        if not 0.0 <= self.average_decay < 1.0:
            raise SettingsError(f"average_decay is {self.average_decay}; expected 0 or more and less than 1")
        for name in ("checkpoint_every", "validate_every", "sheet_every", "log_every", "warmup_steps", "clip_norm"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise SettingsError(f"{name} is {getattr(self, name)}; expected 0 or more")


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with cosine decay after a linear warm-up; the encoder, which comes trained, learns slower."""

    learning_rate: float = 1e-3
    encoder_learning_rate: float = 4e-4
    weight_decay: float = 1e-2
    warmup_steps: int = 60
    clip_norm: float = 2.0
    average_decay: float = 0.995


@dataclass(frozen=True)
class LossConfig:
    """Weights of the losses. depth: scale-invariant log error; absolute: the same after median alignment, not squared.
    depth_scale: how far the image's scale counts in the former, which keeps the network's unit (median depth 1) inside
    its depth range. score_map: DenseCLIP's auxiliary weight. text_noise: length of the random vector added to each
    class embedding; class_dropout: chance that a class is not asked for, in a third of the steps, so that its pixels
    must become "none of these"."""

    depth: float = 0.5
    absolute: float = 1.0
    depth_scale: float = 0.1
    gradient: float = 0.5
    confidence: float = 0.1
    segmentation: float = 0.5
    score_map: float = 0.4
    consistency: float = 0.0
    text_noise: float = 0.35
    class_dropout: float = 0.3


@dataclass(frozen=True)
class StageConfig:
    """One stage: so many steps on batches of such frames. The intervals are in steps, 0 = never."""

    name: str
    steps: int
    seed: int = 0
    batch: BatchConfig = field(default_factory=BatchConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    checkpoint_every: int = 50
    validate_every: int = 400
    sheet_every: int = 200
    log_every: int = 10

    @property
    def loop(self) -> LoopConfig:
        """What of this concerns the loop."""
        return LoopConfig(
            self.name,
            self.steps,
            self.seed,
            self.optimiser.warmup_steps,
            self.optimiser.clip_norm,
            self.optimiser.average_decay,
            checkpoint_every=self.checkpoint_every,
            validate_every=self.validate_every,
            sheet_every=self.sheet_every,
            log_every=self.log_every,
        )


Config = TypeVar("Config")


def config_from_dict(kind: type[Config], values: Mapping[str, Any]) -> Config:
    """A frozen dataclass from dataclasses.asdict's values after a journey through JSON (lists become tuples again).

    Raises SettingsError for entries it does not know.
    """
    hints = typing.get_type_hints(kind)
    unknown = set(values) - set(hints)
    if unknown:
        raise SettingsError(f"configuration of {kind.__name__} has unknown entries {', '.join(sorted(unknown))}")
    return kind(**{name: _value(hints[name], value) for name, value in values.items()})


def _value(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return config_from_dict(hint, value)
    if isinstance(hint, types.UnionType) and value is not None:
        return _value(next(part for part in typing.get_args(hint) if part is not type(None)), value)
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        return tuple(_value(inner[0] if inner[-1] is Ellipsis else kind, item) for item, kind in _pairs(value, inner))
    return value


def _pairs(values: Any, inner: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    kinds = [inner[0]] * len(values) if inner[-1] is Ellipsis else list(inner)
    return list(zip(values, kinds, strict=True))


def differing_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Every setting in which two configurations differ, nested ones under dotted names, in words; "" when none does."""
    old, new = _flat(before), _flat(now)
    names = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    return ", ".join(f"{name} = {old.get(name)!r}, now {new.get(name)!r}" for name in names)


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
