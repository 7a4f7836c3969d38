"""Does the training loop learn the same when it is killed, and when two processes share the work?

    python Testing/Benchmarks/training_resumed_and_shared.py [--steps 24] [--kills 3] [--seed 0]

Renders a few phantom clips and trains the network of the recipes on them: undisturbed; killed with SIGKILL at random
moments and resumed each time; by two processes under torchrun, alone and with one of them killed halfway. Prints the
largest difference of the loss curves from the undisturbed run's. Exit code 1 when a resumed run differs at all, or two
processes by more than 1e-3 of the loss in the first steps (afterwards rounding grows, as it does between any two
machines: beside it stands what one changed bit in one weight does to the same run).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from benchmark_arguments import benchmark_parser

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthTrainingLib.datasets import BatchConfig, FrameSet, PhantomSetConfig, render_phantoms
from EndoDepthTrainingLib.datasets.phantoms import open_phantoms
from EndoDepthTrainingLib.processes import join_processes
from EndoDepthTrainingLib.stages import LossConfig, OptimiserConfig, Share, StageConfig, SupervisedTask, train
from EndoDepthTrainingLib.stages.record import read_table

EARLY_STEPS, EARLY_LIMIT = 6, 1e-3


class DyingTask(SupervisedTask):
    """Kills its process, the second of two, before a step, once."""

    def __init__(self, *arguments: object, step: int, once: Path) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._step, self._once = step, once

    def batch(self, step: int, share: Share) -> object:  # type: ignore[override]
        if step == self._step and share.rank == 1 and not self._once.exists():
            self._once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().batch(step, share)


def work(phantoms: Path, folder: Path, steps: int, kind: str) -> None:
    """One training, in this process."""
    torch.set_num_threads(1)
    share = join_processes()
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(), "imagenet")
    if kind == "nudged":
        with torch.no_grad():
            weight = network.encoder.backbone.conv_stem.weight.view(-1)
            weight[0] = torch.nextafter(weight[0], torch.tensor(torch.inf))
    frames = open_phantoms(phantoms)
    bare = FrameSet(frames.images, None, frames.labels, frames.groups)  # as real frames are: labels, but no depth
    config = StageConfig(
        "benchmark", steps, seed=3, batch=BatchConfig({"phantoms": 3, "bare": 1}, sizes=((64, 96), (96, 64))),
        optimiser=OptimiserConfig(warmup_steps=10), loss=LossConfig(consistency=0.3),
        checkpoint_every=4, log_every=1, sheet_every=0, validate_every=0,
    )  # fmt: skip
    arguments = (config, network, {"phantoms": frames, "bare": bare}, load_vocabulary())
    dying = kind == "dying"
    task = DyingTask(*arguments, step=steps // 2, once=folder / "killed") if dying else SupervisedTask(*arguments)
    average = train(config.loop, task, folder)
    if share.is_first:
        torch.save(average.state_dict(), folder / "average.pt")


def start(phantoms: Path, folder: Path, steps: int, kind: str = "plain", processes: int = 1) -> subprocess.Popen[bytes]:
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "--max-restarts=1"]
    arguments = [__file__, "--work", str(phantoms), str(folder), str(steps), kind]
    command = [sys.executable, *(torchrun if processes > 1 else []), *arguments]
    folder.mkdir(exist_ok=True)
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(command, stdout=said, stderr=said, env={**os.environ, "OMP_NUM_THREADS": "1"})


def finish(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.wait():
        raise SystemExit((folder / "said.txt").read_text(encoding="utf-8"))


def compare(name: str, folder: Path, whole: Path) -> tuple[float, float]:
    """Print and give the largest relative difference of the loss: early, and over all steps."""
    ours, truth = read_table(folder / "log.csv"), read_table(whole / "log.csv")
    difference = np.abs(ours["loss"] - truth["loss"]) / truth["loss"]
    same_log = (folder / "log.csv").read_bytes() == (whole / "log.csv").read_bytes()
    weights, expected = (torch.load(at / "average.pt", weights_only=True) for at in (folder, whole))
    same_weights = all(torch.equal(value, weights[key]) for key, value in expected.items())
    print(
        f"{name}: largest difference of the loss {difference[:EARLY_STEPS].max():.1e} in {EARLY_STEPS} steps, "
        f"{difference.max():.1e} in {len(difference)}; log.csv {'identical' if same_log else 'differs'}, "
        f"weights {'identical' if same_weights else 'differ'}",
        flush=True,
    )
    return float(difference[:EARLY_STEPS].max()), float(difference.max()) if same_log and same_weights else np.inf


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        phantoms, whole, cut, nudged = (place / name for name in ("phantoms", "whole", "cut", "nudged"))
        two, dying = place / "two", place / "dying"
        classes = load_vocabulary().classes
        render_phantoms(phantoms, PhantomSetConfig(scenes=("colon", "laparoscopy"), clips_per_scene=2), classes, 1)
        finish(start(phantoms, whole, options.steps), whole)
        loss = read_table(whole / "log.csv")["loss"]
        print(f"undisturbed: {options.steps} steps, loss {loss[0]:.4f} to {loss[-1]:.4f}", flush=True)
        failed = False
        for _ in range(options.kills):
            process = start(phantoms, cut, options.steps)
            before = len(read_table(cut / "log.csv").get("step", ()))
            goal = moments.randint(before + 1, max(before + 1, options.steps - 2))
            while process.poll() is None and len(read_table(cut / "log.csv").get("step", ())) < goal:
                time.sleep(0.02)
            time.sleep(moments.uniform(0.0, 0.3))
            process.kill()
            process.wait()
            print(f"killed with {len(read_table(cut / 'log.csv').get('step', ()))} steps in the log", flush=True)
        finish(start(phantoms, cut, options.steps), cut)
        failed |= compare("killed and resumed", cut, whole)[1] != 0.0
        finish(start(phantoms, nudged, options.steps, "nudged"), nudged)
        compare("one bit of one weight changed", nudged, whole)
        finish(start(phantoms, two, options.steps, processes=2), two)
        failed |= compare("two processes", two, whole)[0] > EARLY_LIMIT
        finish(start(phantoms, dying, options.steps, "dying", 2), dying)
        failed |= not (dying / "killed").exists() or compare("two, one killed", dying, whole)[0] > EARLY_LIMIT
        compare("two, one killed, against two undisturbed", dying, two)
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        sys.exit(main())
