"""Does the training loop learn the same when it is killed, and when two processes share the work?

    python Testing/Benchmarks/training_resumed_and_shared.py [--steps 24] [--kills 3] [--seed 0]

Renders a few phantom clips and trains the network of the recipes on them: undisturbed; killed with SIGKILL at random
moments and resumed each time; by two processes under torchrun, alone and with one of them killed halfway. Prints the
largest difference of the loss curves from the undisturbed run's. Rounding grows in training: so one process with two
threads stands beside them, which adds up in another order too, and one and two processes are compared in float64 as
well. Exit code 1 when a resumed run differs at all, or two processes in float64 by more than 1e-4 of the loss (the sum
of the losses stays float32).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from benchmark_arguments import benchmark_parser

from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthTrainingLib.datasets import Batch, BatchConfig, FrameSet, PhantomSetConfig, render_phantoms
from EndoDepthTrainingLib.datasets.phantoms import open_phantoms
from EndoDepthTrainingLib.processes import join_processes
from EndoDepthTrainingLib.stages import LossConfig, OptimiserConfig, Share, StageConfig, SupervisedTask, train
from EndoDepthTrainingLib.stages.record import read_table

EARLY_STEPS, LIMIT = 6, 1e-4


class DoubleTask(SupervisedTask):
    """The same in float64."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.network.double()
        taught = self.learner._taught
        self.learner._taught = replace(taught, text=taught.text.double(), class_weights=taught.class_weights.double())

    def batch(self, step: int, share: Share) -> Batch:
        single = super().batch(step, share)
        pictures = {name: getattr(single, name).double() for name in ("images", "plain", "depth")}
        return replace(single, **pictures)


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
    torch.set_num_threads(2 if kind == "threads" else 1)
    share = join_processes()
    torch.manual_seed(0)
    network = EndoDepthNetwork(NetworkConfig(), "imagenet")
    frames = open_phantoms(phantoms)
    bare = FrameSet(frames.images, None, frames.labels, frames.groups)  # as real frames are: labels, but no depth
    config = StageConfig(
        "benchmark", steps, seed=3, batch=BatchConfig({"phantoms": 3, "bare": 1}, sizes=((64, 96), (96, 64))),
        optimiser=OptimiserConfig(warmup_steps=10), loss=LossConfig(consistency=0.3),
        checkpoint_every=4, log_every=1, sheet_every=0, validate_every=0,
    )  # fmt: skip
    arguments = (config, network, {"phantoms": frames, "bare": bare}, load_vocabulary())
    task = DoubleTask(*arguments) if kind == "double" else SupervisedTask(*arguments)
    if kind == "dying":
        task = DyingTask(*arguments, step=steps // 2, once=folder / "killed")
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


def compare(name: str, folder: Path, whole: Path) -> float:
    """Print, and give, the largest relative difference of the loss; 0 only when all is identical."""
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
    identical = same_log and same_weights
    return 0.0 if identical else max(float(difference.max()), sys.float_info.min)


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        phantoms, whole, cut, threads = (place / name for name in ("phantoms", "whole", "cut", "threads"))
        two, dying, double, double_two = (place / name for name in ("two", "dying", "double", "double_two"))
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
        failed |= compare("killed and resumed", cut, whole) != 0.0
        finish(start(phantoms, threads, options.steps, "threads"), threads)
        compare("one process, two threads", threads, whole)
        finish(start(phantoms, two, options.steps, processes=2), two)
        compare("two processes", two, whole)
        finish(start(phantoms, dying, options.steps, "dying", 2), dying)
        failed |= not (dying / "killed").exists()
        compare("two processes, one killed", dying, whole)
        failed |= compare("two processes, one killed, against two undisturbed", dying, two) != 0.0
        finish(start(phantoms, double, options.steps, "double"), double)
        finish(start(phantoms, double_two, options.steps, "double", 2), double_two)
        failed |= compare("two processes in float64, against one in float64", double_two, double) > LIMIT
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        sys.exit(main())
