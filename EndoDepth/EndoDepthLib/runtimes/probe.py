"""Measures the runtimes on this machine once, and remembers which is the fastest that agrees with the reference."""

from __future__ import annotations

import hashlib
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import OutputError
from EndoDepthLib.results.atomic import atomic_write, make_folder
from EndoDepthLib.runtimes.names import TORCH
from EndoDepthLib.runtimes.runtime import NetworkAnswer, Runtime

DEPTH_TOLERANCE = 0.005
"""Runtimes agree when the mean of |depth - reference| / reference is at most this ..."""
LABEL_TOLERANCE = 0.995
"""... and at least this part of the pixels has the reference's label."""

_ROUNDS = 7
_WORTH_IT = 0.95  # a runtime that gains less than 5 % is not worth another one's rounding


@dataclass(frozen=True)
class ProbeFigure:
    """One runtime on this machine: median milliseconds of depth alone and with labels; agreement with the reference.

    depth_difference: mean of |depth - reference| / reference. labels_equal: part of the pixels with the same label.
    """

    depth_ms: float
    joint_ms: float
    depth_difference: float
    labels_equal: float

    @property
    def agrees(self) -> bool:
        """Whether its answers are the reference's within the tolerances."""
        return self.depth_difference <= DEPTH_TOLERANCE and self.labels_equal >= LABEL_TOLERANCE


@dataclass(frozen=True)
class Probe:
    """The figures by runtime, and the one chosen."""

    chosen: str
    figures: dict[str, ProbeFigure]


def measure(runtimes: Mapping[str, Runtime], width: int, height: int, classes: int) -> Probe:
    """Run all of them in turns on one picture of this network size; classes: the number of texts.

    The reference ("torch") must be among them.
    """
    image = probe_picture(width, height)
    competitors = range(classes)
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in runtimes}
    answers = {name: runtime.run(image, competitors) for name, runtime in runtimes.items()}
    for runtime in runtimes.values():
        runtime.run(image, None)
    for _ in range(_ROUNDS):  # in turns, so that a busy machine slows all alike
        for name, runtime in runtimes.items():
            times[name][0].append(_milliseconds(partial(runtime.run, image, None)))
            times[name][1].append(_milliseconds(partial(runtime.run, image, competitors)))
    figures = {}
    for name, (depth_ms, joint_ms) in times.items():
        difference, equal = agreement(answers[name], answers[TORCH])
        medians = round(statistics.median(depth_ms), 2), round(statistics.median(joint_ms), 2)
        figures[name] = ProbeFigure(medians[0], medians[1], difference, equal)
    fastest = min((name for name in figures if figures[name].agrees), key=lambda name: figures[name].joint_ms)
    gains = figures[fastest].joint_ms < _WORTH_IT * figures[TORCH].joint_ms
    return Probe(fastest if gains else TORCH, figures)


def agreement(answer: NetworkAnswer, reference: NetworkAnswer) -> tuple[float, float]:
    """Mean of |depth - reference| / reference, and the part of the pixels whose most probable class is the same."""
    difference = np.abs(reference.inverse_depth / answer.inverse_depth - 1.0)
    if answer.probabilities is None or reference.probabilities is None:
        return float(difference.mean()), 1.0
    same = answer.probabilities.argmax(axis=0) == reference.probabilities.argmax(axis=0)
    return float(difference.mean()), float(same.mean())


def probe_picture(width: int, height: int) -> np.ndarray:
    """(3, height, width) float32 in 0..1: a lit tube with folds and a highlight, the same every time."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    x, y = columns / width - 0.5, rows / height - 0.5
    radius = np.hypot(x, y)
    light = np.clip(1.2 * radius + 0.1 + 0.1 * np.sin(30.0 * radius + 4.0 * np.arctan2(y, x)), 0.0, 1.0)
    light = np.maximum(light, np.exp(-(((x - 0.2) ** 2 + (y + 0.1) ** 2) / 0.002)))
    return np.stack([light, 0.55 * light + 0.02, 0.45 * light + 0.03]).astype(np.float32)


def remembered(folder: Path, key: Mapping[str, object], make: Callable[[], Probe]) -> Probe:
    """The probe that stands in the folder for an equal key, else the one that `make` gives, which is then kept.

    A folder that cannot be written to costs a probe every time and is no error.
    """
    path = folder / f"probe-{hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        values = json.loads(path.read_text(encoding="utf-8"))
        return Probe(values["chosen"], {name: ProbeFigure(**each) for name, each in values["figures"].items()})
    probe = make()
    with suppress(OutputError):
        make_folder(folder)
        atomic_write(path, json.dumps({"key": dict(key), **asdict(probe)}, indent=2) + "\n")
    return probe


def machine() -> str:
    """The processor, as far as the system names it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(("model name", "flags")):
                return hashlib.sha256(line.encode()).hexdigest()[:12] if line.startswith("flags") else line[13:].strip()
    return platform.processor() or platform.machine()


def _milliseconds(call: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    call()
    return (time.perf_counter() - started_s) * 1000.0
