"""Trains the tiny task in a process of its own: run.py FOLDER [MISHAP STEP [RANK ONCE]]; also under torchrun."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from training_loop.supervised_losses import supervised_losses  # noqa: E402
from training_loop.tiny import Mishap, TinyTask, tiny_config  # noqa: E402

from EndoDepthTrainingLib.processes import join_processes  # noqa: E402
from EndoDepthTrainingLib.stages import train  # noqa: E402
from EndoDepthTrainingLib.stages.running import mean_over_processes  # noqa: E402


def main(folder: Path, kind: str = "", step: str = "-1", rank: str = "0", once: str = "") -> None:
    torch.set_num_threads(1)
    share = join_processes()
    losses = {name: torch.tensor(value) for name, value in supervised_losses(share).items()}
    means, _ = mean_over_processes(losses, False)
    average = train(tiny_config(), TinyTask(Mishap(kind, int(step), int(rank), Path(once) if once else None)), folder)
    if share.is_first:
        (folder / "losses.json").write_text(json.dumps(means), encoding="utf-8")
        torch.save(average.state_dict(), folder / "average.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
