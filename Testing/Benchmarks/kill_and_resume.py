"""Is a run that was killed and resumed the same as one that was left alone?

    python Testing/Benchmarks/kill_and_resume.py [--kills 10] [--frames 12] [--seed 0] [--weights ID|FILE]

Renders a clip, reconstructs it once undisturbed, then as often as asked: starts anew, sends SIGKILL at a random moment
between the first file and the end, continues with --resume, and compares arrays, images, meshes and scene content.
Exit code 1 for any difference.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from pathlib import Path

from benchmark_arguments import add_weights, benchmark_parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from command_line.comparison import contents, differences  # noqa: E402
from command_line.interruption import SinceFolder, end_when  # noqa: E402
from command_line.process import endodepth  # noqa: E402

PROMPTS = ("--prompt", "abdominal wall", "--prompt", "surgical instrument", "--prompt", "liver")


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    add_weights(parser)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clip, whole, killed = folder / "clip", folder / "whole", folder / "killed"
        expect_success("synthesize", "laparoscopy", "--frames", options.frames, "--output", clip)
        job = [
            "reconstruct",
            clip / "clip.mp4",
            "--camera",
            clip / "camera.json",
            "--weights",
            options.weights,
            *PROMPTS,
        ]
        clock = SinceFolder(whole)
        undisturbed = end_when([*job, "--output", whole], clock)
        duration_s = clock.elapsed_s
        if undisturbed.exit_code:
            raise SystemExit(undisturbed.stderr)
        files = len(contents(whole))
        print(
            f"undisturbed: {options.frames} frames, {files} files, {duration_s:.1f} s from the first file", flush=True
        )
        failures = 0
        for number in range(options.kills):
            shutil.rmtree(killed, ignore_errors=True)
            moment_s = moments.uniform(0, duration_s)
            outcome = end_when([*job, "--output", killed], SinceFolder(killed, moment_s))
            before = describe(killed)
            expect_success(*job, "--output", killed, "--resume")
            found = differences(killed, whole)
            failures += bool(found)
            end = f"killed {moment_s:.1f} s after the first file" if outcome.exit_code else "ended before it was killed"
            print(f"{number + 1}: {end}, {before}; after --resume {found or 'identical'}", flush=True)
    print(f"{options.kills - failures} of {options.kills} identical")
    return 1 if failures else 0


def expect_success(*arguments: object) -> None:
    """Run a command that has to succeed."""
    outcome = endodepth(*map(str, arguments))
    if outcome.exit_code:
        raise SystemExit(f"endodepth {arguments[0]} ended with {outcome.exit_code}:\n{outcome.stderr}")


def describe(folder: Path) -> str:
    """What a killed run left, in words."""
    if not folder.is_dir():
        return "no folder yet"
    made = [
        name for name in ("scene.mrb", "preview.mp4", "contact_sheet.png", "report.json") if (folder / name).exists()
    ]
    return f"{len(list((folder / 'surfaces').glob('*.ply')))} surfaces, {', '.join(made) or 'no scene'}"


if __name__ == "__main__":
    sys.exit(main())
