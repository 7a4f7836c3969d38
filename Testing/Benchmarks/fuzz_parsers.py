"""Damaged inputs for everything that reads outside bytes: no crash, no hang, no memory over the limit.

    python Testing/Benchmarks/fuzz_parsers.py [--inputs 20000] [--parser NAME ...] [--seed 0] [--json FILE]

Each parser reads mutated sound samples in a process with 1 GiB of memory beyond what it has at its start; an input may
be read, or refused by an EndoDepthError, within 5 s. Exit code 1 when one does something else. With --json,
parsers whose figures stand in the file already are passed over, so that a run that was ended goes on.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmark_arguments import benchmark_parser

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from fuzzing.parsers import PARSERS  # noqa: E402
from fuzzing.running import fuzz  # noqa: E402


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="for each parser; default %(default)s")
    parser.add_argument("--parser", action="append", choices=sorted(PARSERS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the findings to this file, and go on from it")
    options = parser.parse_args()
    known = json.loads(options.json.read_text(encoding="utf-8")) if options.json and options.json.exists() else {}
    for name in options.parser or PARSERS:
        if known.get(name, {}).get("inputs", 0) < options.inputs or known[name].get("seed") != options.seed:
            findings = fuzz(name, options.inputs, options.seed)
            known[name] = {
                "inputs": findings.inputs,
                "seed": options.seed,
                "seconds": round(findings.seconds, 1),
                "problems": {what: numbers[:5] for what, numbers in findings.problems.items()},
            }
            if options.json:
                options.json.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
        shown = known[name]
        print(
            f"{name}: {shown['inputs']} inputs in {shown['seconds']} s, {len(shown['problems'])} problems", flush=True
        )
        for what, numbers in shown["problems"].items():
            print(f"    {what} (inputs {numbers})", flush=True)
    return 1 if any(known[name]["problems"] for name in options.parser or PARSERS) else 0


if __name__ == "__main__":
    sys.exit(main())
