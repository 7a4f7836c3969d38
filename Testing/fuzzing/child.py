"""The process in which damaged inputs are read: `python child.py PARSER FIRST END SEED FOLDER MEMORY_BYTES`.

Before each input its number goes to standard output, so that whoever watches knows which one was the last; what a
parser raises, other than an EndoDepthError, follows as JSON.
"""

from __future__ import annotations

import json
import shutil
import sys
import traceback
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from EndoDepthLib.errors import EndoDepthError  # noqa: E402
from fuzzing.mutation import mutated  # noqa: E402
from fuzzing.parsers import PARSERS  # noqa: E402


def main() -> None:
    name, first, end, seed, folder, memory_bytes = sys.argv[1:]
    parser, scratch = PARSERS[name], Path(folder)
    samples_folder = scratch / "samples"
    samples_folder.mkdir(parents=True)
    samples = parser.samples(samples_folder)
    for sample in samples:  # what is needed is loaded, before the limit holds
        with suppress(EndoDepthError):
            parser.read(sample, _emptied(scratch / "input"))
    _limit(int(memory_bytes))
    for number in range(int(first), int(end)):
        data = mutated(samples[number % len(samples)], samples, int(seed) * 1_000_003 + number)
        print(number, flush=True)
        try:
            parser.read(data, _emptied(scratch / "input"))
        except EndoDepthError as error:
            line = str(error)
            if len(line) > 20_000:  # the command line shows its first 1000 characters
                _tell(number, f"the message has {len(line)} characters")
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            own = [f for f in where if "EndoDepth" in f.filename and "Testing" not in f.filename]
            place = f"{Path((own or where)[-1].filename).name}:{(own or where)[-1].lineno}"
            _tell(number, f"{type(error).__name__} at {place}: {str(error)[:200]}")
    print("end", flush=True)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _tell(number: int, problem: str) -> None:
    print(json.dumps({"number": number, "problem": problem}), flush=True)


def _limit(extra_bytes: int) -> None:
    """Let the process take so much memory beyond what it has now (Linux)."""
    status = Path("/proc/self/status")
    if status.exists():
        import resource

        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmSize:"))
        limit = int(line.split()[1]) * 1024 + extra_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
