"""Phantom sequences on which camera motion and fusion are measured: rendered, reconstructed and tracked once, kept.

Each sequence has a folder SCENE-SEED with clip/ (`endodepth synthesize`: truth), results/ (`endodepth reconstruct`) and
tracking-ENGINE/ (`endodepth track`); what is there already is not made again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from phantom_clips import FIRST_TEST_SEED

from EndoDepthLib.phantoms import SCENES
from EndoDepthLib.values import Trajectory

FIRST_SEQUENCE_SEED = FIRST_TEST_SEED + 100
INSTRUMENT = "surgical instrument"


@dataclass(frozen=True)
class PhantomSequence:
    """Where one sequence lies; error: the line with which tracking refused it, if it did."""

    name: str
    folder: Path
    engine: str
    error: str | None = None

    @property
    def clip(self) -> Path:
        """Pictures and truth."""
        return self.folder / "clip"

    @property
    def results(self) -> Path:
        """The results folder."""
        return self.folder / "results"

    @property
    def tracking(self) -> Path:
        """The tracked folder."""
        return self.folder / f"tracking-{self.engine}"

    def truth(self) -> Trajectory:
        """True poses in mm; the frames are numbered by position."""
        poses = np.array(json.loads((self.clip / "poses.json").read_text(encoding="utf-8"))["world_from_camera"])
        return Trajectory(poses, np.arange(len(poses)))

    def true_depth_mm(self, position: int) -> np.ndarray:
        """(H, W) float32, NaN outside the picture."""
        return np.asarray(np.load(self.clip / "depth" / f"{position:06d}.npy", allow_pickle=False))


def phantom_sequences(
    work: Path,
    count: int,
    frames: int = 200,
    engine: str = "auto",
    first_seed: int = FIRST_SEQUENCE_SEED,
    weights: str = "default",
    scenes: tuple[str, ...] = SCENES,
    size: tuple[int, int] = (320, 256),
) -> Iterator[PhantomSequence]:
    """`count` tracked sequences, scene after scene, each made when it is asked for and not there.

    A sequence that tracking refuses is given with its error. Raises CalledProcessError when anything else fails.
    """
    for number in range(count):
        scene, seed = scenes[number % len(scenes)], first_seed + number
        sequence = PhantomSequence(f"{scene}-{seed}", work / f"{scene}-{seed}", engine)
        made = {"--frames": frames, "--seed": seed, "--width": size[0], "--height": size[1]}
        _make(sequence.clip, "poses.json", ["synthesize", scene, *_flags(made)])
        _make(
            sequence.results,
            "report.json",
            ["reconstruct", str(sequence.clip / "frames"), "--results-only", "--prompt", INSTRUMENT]
            + _flags({"--camera": sequence.clip / "camera.json", "--weights": weights, "--max-frames": frames}),
        )
        error = _make(sequence.tracking, "report.json", ["track", str(sequence.results), "--engine", engine], True)
        yield sequence if error is None else PhantomSequence(sequence.name, sequence.folder, engine, error)


def _flags(values: dict[str, object]) -> list[str]:
    return [str(part) for pair in values.items() for part in pair]


def _make(folder: Path, last_file: str, arguments: list[str], may_refuse: bool = False) -> str | None:
    """Run `endodepth` unless the file it writes last is there; the line it refuses with, where it may."""
    if (folder / last_file).is_file():
        return None
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "EndoDepthCLI", *arguments, "--output", str(folder)]
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode == 2 and may_refuse:
        return done.stderr.strip().splitlines()[-1]
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return None
