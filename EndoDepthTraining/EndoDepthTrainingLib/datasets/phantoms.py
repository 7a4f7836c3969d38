"""Phantom clips rendered once into memory-mapped arrays, by several processes, resumable after a kill."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.frames import FrameSet
from EndoDepthTrainingLib.losses import IGNORE
from EndoDepthTrainingLib.processes import first_before_others, own_share


@dataclass(frozen=True)
class PhantomSetConfig:
    """Which clips make a set: scenes in turn, clip i with seed first_seed + i; every `random_every`-th clip of a scene
    has colours that mean nothing (depth only). frame_step: motion between the frames of a clip, in video frames."""

    scenes: tuple[str, ...] = ("colon", "sinus", "larynx", "laparoscopy")
    clips_per_scene: int = 1000
    frames_per_clip: int = 2
    frame_step: float = 40.0
    first_seed: int = 10_000
    random_every: int = 3
    width: int = 208
    height: int = 176

    @property
    def frames(self) -> int:
        """Frames in the whole set."""
        return len(self.scenes) * self.clips_per_scene * self.frames_per_clip


@dataclass(frozen=True)
class _Job:
    folder: str
    row: int
    scene: str
    seed: int
    appearance: str
    frames: int
    frame_step: float


def render_phantoms(
    folder: Path, config: PhantomSetConfig, classes: Sequence[str], processes: int | None = None
) -> FrameSet:
    """The set rendered into `folder`, or what is missing of it; groups = scenes, labels 1 + index in `classes`.

    Labels: outside the content 0 ("none of these"); clips with random colours are IGNORE throughout. Of several
    training processes the first one renders. Raises InputError when the folder holds a set of another configuration.
    """
    with first_before_others():
        if own_share().is_first:
            _render_missing(folder, config, classes, processes)
    return open_phantoms(folder)


def _render_missing(folder: Path, config: PhantomSetConfig, classes: Sequence[str], processes: int | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    description = json.dumps({"set": asdict(config), "classes": list(classes)}, indent=1)
    described = folder / "set.json"
    if described.exists() and described.read_text(encoding="utf-8") != description:
        raise InputError(f"{described} describes another phantom set; give another output folder")
    shape = (config.frames, config.height, config.width)
    if not described.exists():
        for name, dtype, extra in (("images", np.uint8, (3,)), ("depth", np.float16, ()), ("labels", np.uint8, ())):
            np.lib.format.open_memmap(folder / f"{name}.npy", "w+", dtype, (*shape, *extra)).flush()
        described.write_text(description, encoding="utf-8")
    done_file = folder / "done.txt"
    done = set(done_file.read_text(encoding="utf-8").split()) if done_file.exists() else set()
    jobs = [job for job in _jobs(folder, config) if str(job.row) not in done]
    with done_file.open("a", encoding="utf-8") as log:
        rendered = _render_all(jobs, classes, processes or os.cpu_count() or 1)
        for row in tqdm(rendered, folder.name, len(jobs), unit="clip", disable=not jobs):
            log.write(f"{row}\n")
            log.flush()


def open_phantoms(folder: Path) -> FrameSet:
    """A rendered set, memory-mapped."""
    config = json.loads((folder / "set.json").read_text(encoding="utf-8"))["set"]
    images, depth, labels = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("images", "depth", "labels"))
    groups = np.tile(np.repeat(np.array(config["scenes"]), config["frames_per_clip"]), config["clips_per_scene"])
    return FrameSet(images, depth, labels, groups)


def _jobs(folder: Path, config: PhantomSetConfig) -> Iterator[_Job]:
    for clip in range(config.clips_per_scene):
        appearance = "random" if config.random_every and clip % config.random_every == 0 else "tissue"
        for index, scene in enumerate(config.scenes):
            row = (clip * len(config.scenes) + index) * config.frames_per_clip
            seed = config.first_seed + clip
            yield _Job(str(folder), row, scene, seed, appearance, config.frames_per_clip, config.frame_step)


def _render_all(jobs: list[_Job], classes: Sequence[str], processes: int) -> Iterator[int]:
    if processes == 1 or len(jobs) < 2:
        _start_worker(tuple(classes))
        yield from map(_render_clip, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _start_worker, (tuple(classes),)) as pool:
        yield from pool.imap_unordered(_render_clip, jobs)


_label_table = np.zeros(256, np.uint8)
"""Label of each phantom label value; set once in every worker process."""


def _start_worker(classes: tuple[str, ...]) -> None:
    import torch

    from EndoDepthLib.phantoms import LABELS

    if multiprocessing.parent_process() is not None:
        torch.set_num_threads(1)  # the processes share the cores
    for value, name in enumerate(LABELS):
        _label_table[value] = 1 + classes.index(name) if name in classes else 0


def _render_clip(job: _Job) -> int:
    """Render one clip into its rows; the row that names it as done."""
    from EndoDepthLib.phantoms import render_video

    folder = Path(job.folder)
    images, depth, labels = (np.load(folder / f"{name}.npy", mmap_mode="r+") for name in ("images", "depth", "labels"))
    height, width = labels.shape[1:]
    clip = render_video(
        job.scene, job.frames, job.seed, width, height, appearance=job.appearance, frame_step=job.frame_step
    )
    for row, frame in enumerate(clip, start=job.row):
        images[row], depth[row] = frame.image, frame.depth
        labels[row] = IGNORE if job.appearance == "random" else _label_table[frame.labels]
    for array in (images, depth, labels):
        array.flush()
    return job.row
