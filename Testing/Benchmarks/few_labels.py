"""Few labels on real images: text-guided segmentation (stage 1) against a plain U-Net, before and after pseudo-labels.

    python Testing/Benchmarks/few_labels.py --output runs/few-labels [--budget-s 120] [--size 128] [--seeds 3]
        [--start imagenet|WEIGHTS] [--labels 80] [--unlabelled 240] [--json FILE]

Both get the same encoder and encoder weights, the same frames of polyp/train (another choice of --labels for each
seed), the same batches, augmentation and losses' class weights, and the same seconds of optimisation on one thread
(seconds a step are measured in the beginning, in turn; the number of steps follows). Both learning rates come from the
same grid, in runs of half the seconds: chosen on a quarter of the first seed's labelled frames that is held out, never
on polyp/validation.

--start imagenet: both know ImageNet only. --start default: both get the encoder of the default weights, which saw no
real polyp; text-guided segmentation also keeps their decoder, which knows "polyp" from rendered ones, as for a user.

Pseudo-labels, one round: the U-Net proposes masks for --unlabelled other frames of polyp/train. A person would review
them; here the truth stands for the person: a proposal is kept, as it is, when its Dice with the truth is above 0.7.
Both then learn from labels and kept proposals, for the same seconds again.

Dice is pooled over polyp/validation on a grid of --size pixels; intervals are 95 %, Student's t over seeds. Beside it
stands what marking every pixel scores. A run that was ended goes on in the same folder. Exit code 1 when text-guided
segmentation is not 3 points ahead.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from benchmark_arguments import benchmark_parser
from torch import nn

from EndoDepthLib.inference.catalogue import load_catalogue
from EndoDepthLib.networks import Checkpoint, NetworkConfig, load_checkpoint
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet, data_folder, read_polyp
from EndoDepthTrainingLib.datasets.frames import concatenated
from EndoDepthTrainingLib.losses import NOT_CLASS
from EndoDepthTrainingLib.networks.unet import UNet
from EndoDepthTrainingLib.processes import Share
from EndoDepthTrainingLib.stages import LoopConfig, train
from EndoDepthTrainingLib.stages.guided_segmentation import fresh_segmenter, guided_task, started_segmenter
from EndoDepthTrainingLib.stages.loop import make_optimiser
from EndoDepthTrainingLib.stages.segmentation_task import (
    LABELLED,
    SegmentationConfig,
    SegmentationTask,
    assess_masks,
    mask_probabilities,
    overlaid,
    unet_task,
)
from EndoDepthTrainingLib.text.guiding_tower import shipped_tower

PROMPTS = ("polyp",)
METHODS = ("U-Net", "text-guided")
GRID = ((1e-3, 0.1), (3e-3, 0.1), (1e-3, 1.0), (1e-2, 0.1), (3e-3, 1.0))  # learning rate, the encoder's share of it
KEPT_DICE = 0.7
AIM_POINTS = 3.0
T_975 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 8: 2.365, 10: 2.262}
COLORS = ((255, 230, 0),)


@dataclass(frozen=True)
class Study:
    """What all runs share."""

    folder: Path
    budget_s: float
    size: int
    start: Checkpoint | None
    training: FrameSet
    validation: FrameSet

    def task(self, method: str, name: str, frames: FrameSet, rate: tuple[float, float], seed: int) -> SegmentationTask:
        """A method's network from its start, and how it learns."""
        batch = BatchConfig({LABELLED: 8}, ((self.size, self.size),))
        config = SegmentationConfig(name, PROMPTS, *rate, seed=seed, batch=batch)
        torch.manual_seed(seed)
        if method == "U-Net":
            network = UNet("tf_efficientnet_lite0", len(PROMPTS), encoder_weights="imagenet")
            if self.start is not None:
                network.encoder.load_state_dict(self.start.network.encoder.state_dict())
            return unet_task(config, network, frames, None, COLORS)
        tower = shipped_tower()
        if self.start is None:
            segmenter = fresh_segmenter(NetworkConfig(), tower, PROMPTS, config.context_tokens, seed)
        else:
            again = load_checkpoint(self.start.metadata["file"])
            segmenter = started_segmenter(again, tower, PROMPTS, config.context_tokens, seed)
        return guided_task(config, segmenter, frames, None, COLORS)

    def trained(
        self, method: str, name: str, frames: FrameSet, rate: tuple[float, float], seed: int, steps: int
    ) -> nn.Module:
        """The averaged network of a run, which is done once."""
        task = self.task(method, name, frames, rate, seed)
        loop = LoopConfig(
            name, steps, seed, warmup_steps=min(20, steps // 5), validate_every=0, sheet_every=0, checkpoint_every=25
        )
        return train(loop, task, self.folder / name)


def measured_steps(study: Study, frames: FrameSet) -> dict[str, int]:
    """Steps of each method that fit the budget: thread seconds of a few steps, the methods in turn."""
    file = study.folder / "steps.json"
    if not file.exists():
        seconds: dict[str, list[float]] = {method: [] for method in METHODS}
        tasks = {method: study.task(method, "timing", frames, GRID[0], 0) for method in METHODS}
        optimisers = {method: make_optimiser(task) for method, task in tasks.items()}
        for task in tasks.values():
            task.learner.train().to(memory_format=torch.channels_last)
        for step in range(8):
            for method, task in tasks.items():
                began = time.thread_time()
                losses = task.learner(task.batch(step, Share()), task.network, step)
                torch.stack(list(losses.values())).sum().backward()
                optimisers[method].step()
                optimisers[method].zero_grad()
                seconds[method].append(time.thread_time() - began)
        typical = {method: float(np.median(values[2:])) for method, values in seconds.items()}
        steps = {method: max(2, int(study.budget_s / value)) for method, value in typical.items()}
        atomic_write(file, json.dumps({"steps": steps, "seconds_per_step": typical}))
    return dict(json.loads(file.read_text(encoding="utf-8"))["steps"])


def dice_of(network: nn.Module, frames: FrameSet) -> tuple[float, float]:
    """Pooled Dice, and the mean of the images' Dice."""
    evaluation = assess_masks(network, frames, PROMPTS)
    return evaluation.mean_dice, float(evaluation.mean_image_dice()[1])


def image_dice(said: np.ndarray, truth: np.ndarray) -> float:
    """Of two masks (H, W) bool; 1 when both are empty."""
    total = int(said.sum()) + int(truth.sum())
    return 2.0 * float((said & truth).sum()) / total if total else 1.0


def tuned(study: Study, labelled: FrameSet, steps: dict[str, int]) -> dict[str, tuple[float, float]]:
    """The best of the grid for each method, by Dice on a quarter of the labelled frames, held out."""
    file = study.folder / "tuning.json"
    results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    held_out = np.arange(len(labelled)) % 4 == 0
    for rate in GRID:
        for method in METHODS:
            name = f"tuning-{method}-{rate[0]:g}-{rate[1]:g}"
            if name not in results:
                network = study.trained(method, name, labelled.subset(~held_out), rate, 0, max(2, steps[method] // 2))
                results[name] = {"method": method, "rate": rate, "dice": dice_of(network, labelled.subset(held_out))[0]}
                atomic_write(file, json.dumps(results, indent=1))
                print(f"{name}: Dice {results[name]['dice']:.4f} on {held_out.sum()} held-out frames", flush=True)
    best = {}
    for method in METHODS:
        entry = max((each for each in results.values() if each["method"] == method), key=lambda each: each["dice"])
        best[method] = (float(entry["rate"][0]), float(entry["rate"][1]))
    return best


def pseudo_labelled(proposer: nn.Module, frames: FrameSet) -> FrameSet:
    """The frames whose proposals a review would keep, with these proposals as labels."""
    said = mask_probabilities(proposer, frames.images).argmax(axis=1) == 1
    kept = [row for row in range(len(frames)) if image_dice(said[row], frames.labels[row] == 1) > KEPT_DICE]
    chosen = frames.subset(np.array(kept, int))
    labels = np.where(said[kept], 1, NOT_CLASS + 1).astype(np.uint8).reshape(chosen.labels.shape)
    return replace(chosen, labels=labels, groups=np.full(len(kept), "kept proposals"))


def run_name(stage: str, method: str, seed: int, rates: dict[str, tuple[float, float]]) -> str:
    """The folder of a run."""
    rate, share = rates[method]
    return f"{stage.replace(' ', '-')}-{method}-{seed}-{rate:g}-{share:g}"


def interval(values: list[float]) -> str:
    """Mean and 95 % interval by Student's t, in points."""
    points = 100.0 * np.array(values)
    if len(points) < 2:
        return f"{points.mean():.1f}"
    half = T_975.get(len(points), 2.0) * points.std(ddof=1) / len(points) ** 0.5
    return f"{points.mean():.1f} +- {half:.1f}"


def sheet(networks: dict[str, nn.Module], frames: FrameSet) -> np.ndarray:
    """Eight frames: image | truth | what each network marks."""
    rows = np.linspace(0, len(frames) - 1, 8).round().astype(int)
    images, labels = frames.images[rows], frames.labels[rows]
    columns = [images, np.stack([overlaid(i, t, COLORS) for i, t in zip(images, labels, strict=True)])]
    for network in networks.values():
        said = mask_probabilities(network, images).argmax(axis=1)
        columns.append(np.stack([overlaid(i, s, COLORS) for i, s in zip(images, said, strict=True)]))
    return np.concatenate([np.concatenate(list(column)) for column in columns], axis=1)


def main() -> int:
    """Run what is left to run, and print the table."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--budget-s", type=float, default=120.0, help="seconds of optimisation a run (default 120)")
    parser.add_argument("--size", type=int, default=128, help="side of the pictures, a multiple of 32 (default 128)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--labels", type=int, default=80, help="labelled frames (default 80)")
    parser.add_argument("--unlabelled", type=int, default=240, help="frames that get proposals; 0 = no such round")
    parser.add_argument("--start", default="imagenet", help="'imagenet', or weights whose encoder both start from")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    start = None
    if arguments.start != "imagenet":
        entry = load_catalogue().find(arguments.start)
        file = Path(arguments.start) if entry is None else load_catalogue().path(entry)
        start = load_checkpoint(file)
        start.metadata["file"] = str(file)
    folder, side = data_folder("polyp"), (arguments.size, arguments.size)
    study = Study(
        arguments.output, arguments.budget_s, arguments.size, start,
        read_polyp(folder, "train", PROMPTS, side), read_polyp(folder, "validation", PROMPTS, side),
    )  # fmt: skip
    study.folder.mkdir(parents=True, exist_ok=True)
    orders = [np.random.default_rng(seed).permutation(len(study.training)) for seed in range(arguments.seeds)]
    first = study.training.subset(np.sort(orders[0][: arguments.labels]))
    steps = measured_steps(study, first)
    rates = tuned(study, first, steps)
    print(f"steps in {arguments.budget_s:g} s: {steps}; learning rate and encoder's share: {rates}", flush=True)

    file = study.folder / "results.json"
    results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    rounds = ("labels", "labels and kept proposals") if arguments.unlabelled else ("labels",)
    for stage in rounds:
        for seed, order in enumerate(orders):
            labelled = study.training.subset(np.sort(order[: arguments.labels]))
            others = study.training.subset(np.sort(order[arguments.labels : arguments.labels + arguments.unlabelled]))
            entries = {method: f"{stage}, {method}, seed {seed}" for method in METHODS}
            if all(entry in results for entry in entries.values()):
                continue
            if stage != rounds[0]:
                name = run_name(rounds[0], "U-Net", seed, rates)
                proposer = study.trained("U-Net", name, labelled, rates["U-Net"], seed, steps["U-Net"])
                kept = pseudo_labelled(proposer, others)
                print(f"seed {seed}: {len(kept)} of {len(others)} proposals kept", flush=True)
                labelled = concatenated([labelled, kept])
            networks: dict[str, nn.Module] = {}
            for method, entry in entries.items():
                name = run_name(stage, method, seed, rates)
                networks[method] = study.trained(method, name, labelled, rates[method], seed, steps[method])
                pooled, of_images = dice_of(networks[method], study.validation)
                results[entry] = {"dice": pooled, "mean_image_dice": of_images, "frames": len(labelled)}
                atomic_write(file, json.dumps(results, indent=1))
                print(f"{entry}: Dice {pooled:.4f}, mean of images {of_images:.4f}", flush=True)
            picture = sheet(networks, study.validation)
            cv2.imwrite(str(study.folder / f"{stage.replace(' ', '-')}-{seed}.png"), picture[..., ::-1])

    share = float((study.validation.labels == 1).mean())
    print(f"\n{'Dice on polyp/validation, points':46}{'U-Net':>14}{'text-guided':>14}{'difference':>14}")
    ahead = 0.0
    for stage in ("labels", "labels and kept proposals"):
        both = [[results.get(f"{stage}, {m}, seed {s}") for s in range(arguments.seeds)] for m in METHODS]
        if any(each is None for column in both for each in column):
            continue
        for figure, note in (("dice", "pooled"), ("mean_image_dice", "mean of images")):
            plain, guided = ([each[figure] for each in column] for column in both)
            gains = [b - a for a, b in zip(plain, guided, strict=True)]
            ahead = float(np.mean(gains)) if (stage, figure) == ("labels", "dice") else ahead
            print(f"{stage + ', ' + note:46}{interval(plain):>14}{interval(guided):>14}{interval(gains):>14}")
    print(f"{'every pixel marked, pooled':46}{200 * share / (1 + share):>14.1f}")
    if arguments.json:
        settings = {key: str(value) for key, value in vars(arguments).items()}
        figures = {"settings": settings, "steps": steps, "rates": rates, "results": results}
        arguments.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(f"text-guided is ahead by {100 * ahead:.1f} points; the aim is {AIM_POINTS:g}")
    return 0 if 100 * ahead >= AIM_POINTS else 1


if __name__ == "__main__":
    sys.exit(main())
