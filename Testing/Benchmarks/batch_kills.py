"""Many clips, several workers, each killed several times: is every case complete exactly once and as if undisturbed?

    python Testing/Benchmarks/batch_kills.py --output DIR [--clips 40] [--frames 12] [--workers 2] [--kills 3]
        [--seed 0] [--kind reconstruct] [--results-only] [--weights ID|FILE|untrained]

Writes clips and a manifest (one clip is no video), does the batch once undisturbed, then again by `--workers` programs
of which each is killed `--kills` times (SIGKILL, by turns the program and the process that computes) and started again,
as a Slurm array with requeueing would. Compares all cases. What is finished in DIR is not made again. Exit code 1 for a
case that is missing or different. Beside it stands at how many kills a case was under way.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmark_arguments import add_weights, benchmark_parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from command_line.comparison import differences  # noqa: E402
from command_line.material import write_untrained_weights, write_video  # noqa: E402
from command_line.process import command, endodepth, environment  # noqa: E402

TAKEOVER_AFTER_S = "3"
UNTRAINED = "untrained"


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=3, help="of each worker; default %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=("reconstruct", "depth"), default="reconstruct")
    parser.add_argument("--results-only", action="store_true", help="leave scene and preview out")
    add_weights(parser)
    options = parser.parse_args()
    folder = options.output.absolute()
    arguments = prepared(folder, options)
    undisturbed = endodepth(*arguments, "--output", folder / "undisturbed")
    print(f"undisturbed: {undisturbed.stderr.splitlines()[-1]}", flush=True)
    kills, lost = disturbed([*arguments, "--output", str(folder / "killed")], options)
    cases = {f"clip{number:03d}" for number in range(options.clips)}
    made = [path.name for path in (folder / "killed" / "cases").iterdir()]
    different = [
        name
        for name in sorted(cases & set(made))
        if differences(folder / "undisturbed" / "cases" / name, folder / "killed" / "cases" / name)
    ]
    rows = json.loads((folder / "killed" / "summary.json").read_text(encoding="utf-8"))["cases"]
    poisoned = [row for row in rows if row["status"] == "failed"]
    left = sorted(str(path) for path in (folder / "killed").rglob(".partial-*"))
    print(f"{kills} kills, at which {lost} cases were begun and not finished (lost, if nobody took them over)")
    print(
        f"{len(made)} of {len(cases)} cases made, {len(different)} differ {different}, {len(left)} half-written files"
    )
    print(f"attempts: {sorted(row['attempts'] for row in rows if row['status'] == 'done')}")
    print(f"poisoned: {[(row['name'], row['message']) for row in poisoned]}")
    good = set(made) == cases and len(made) == len(cases) and not different and not left
    return 0 if good and [row["name"] for row in poisoned] == ["poison"] else 1


def prepared(folder: Path, options) -> list[str]:
    """The command of the batch, its clips made."""
    clips = folder / "clips"
    clips.mkdir(parents=True, exist_ok=True)
    rows = ["input,prompts", "clips/poison.mp4,"]
    (clips / "poison.mp4").write_text("this is no video", encoding="utf-8")
    for number in range(options.clips):
        path = clips / f"clip{number:03d}.mp4"
        if not path.exists():
            write_video(path, options.frames + number % 5, 160, 128)
        rows.append(f"clips/{path.name},liver;surgical instrument")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    weights = options.weights
    if weights == UNTRAINED:
        weights = str(folder / "untrained.safetensors")
        if not Path(weights).exists():
            write_untrained_weights(Path(weights))
    arguments = ["batch", str(folder / "manifest.csv"), "--weights", weights, "--kind", options.kind]
    arguments += ["--takeover-after", TAKEOVER_AFTER_S]
    return [*arguments, "--results-only"] if options.results_only else arguments


def disturbed(arguments: list[str], options) -> tuple[int, int]:
    """Run the programs and kill them; how many kills there were, and how many cases were under way at them."""
    draw = random.Random(options.seed)
    output = Path(arguments[-1])

    def begin(rank: int) -> subprocess.Popen[bytes]:
        place = {"RANK": str(rank), "WORLD_SIZE": str(options.workers)}
        return subprocess.Popen(
            command(*arguments), env=environment() | place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    programs = [begin(rank) for rank in range(options.workers)]
    targets = [rank for rank in range(options.workers) for _ in range(options.kills)]
    draw.shuffle(targets)
    kills = lost = 0
    for number, rank in enumerate(targets):
        # Between two kills about as much is done as is left for each.
        share = (number + draw.uniform(0.2, 0.9)) / (len(targets) + 1) * options.clips
        while len(list(output.glob("cases/*"))) < share and programs[rank].poll() is None:
            time.sleep(0.02)
        time.sleep(draw.uniform(0, 0.3))
        child = subprocess.run(["pgrep", "-P", str(programs[rank].pid)], capture_output=True, text=True).stdout.split()
        if programs[rank].poll() is not None:
            continue
        victim = int(child[0]) if child and number % 2 else programs[rank].pid
        lost += len(list(output.glob("state/*.claim"))) > 0
        os.kill(victim, signal.SIGKILL)
        kills += 1
        if victim == programs[rank].pid:
            programs[rank].wait()
            programs[rank] = begin(rank)
    for program in programs:
        program.wait()
    return kills, lost


if __name__ == "__main__":
    sys.exit(main())
