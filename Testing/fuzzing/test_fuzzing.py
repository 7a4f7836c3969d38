"""A few damaged inputs for every parser, in this process; Testing/Benchmarks/fuzz_parsers.py gives them thousands."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.results.arrays import decode_array, encode_array
from fuzzing.mutation import mutated
from fuzzing.parsers import PARSERS
from fuzzing.running import fuzz

INPUTS = 60
ARRAY = encode_array(np.ones((4, 6), np.float32))


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_inputs_are_read_or_refused(tmp_path: Path, name: str) -> None:
    parser, refused, seen = PARSERS[name], 0, 0
    (tmp_path / "samples").mkdir()
    samples = parser.samples(tmp_path / "samples")
    for number in range(INPUTS // 5 if name in ("weights", "dicom") else INPUTS):  # these load much
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            seen += parser.read(mutated(samples[number % len(samples)], samples, 10**6 + number), folder) is not None
        except EndoDepthError:
            refused += 1
    assert refused + seen > INPUTS // 10  # the samples reach the parser


def test_the_same_number_gives_the_same_damage() -> None:
    variants = [mutated(b"0123456789" * 9, [b"other"], number) for number in range(300)]
    assert variants == [mutated(b"0123456789" * 9, [b"other"], number) for number in range(300)]
    assert len(set(variants)) > 200


def test_what_goes_wrong_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watched process says which input ended it: what a parser must never do is seen when it does."""
    code = (
        "import os, time\n"
        "from fuzzing.parsers import PARSERS, Parser\n"
        "def read(data, folder):\n"
        "    if data == b'raise': raise ZeroDivisionError('of nothing')\n"
        "    if data == b'crash': os.abort()\n"
        "    if data == b'hang':\n        while True: pass\n"
        "    if data == b'eat': bytearray(8 << 30)\n"
        "import fuzzing.mutation\n"
        "inputs = [b'fine', b'raise', b'fine', b'crash', b'eat', b'hang', b'fine']\n"
        "fuzzing.mutation.mutated = lambda sound, others, number: inputs[number]\n"
        "PARSERS['times'] = Parser(read, lambda _: [b'fine'])\n"
    )
    (tmp_path / "sitecustomize.py").write_text(code, encoding="utf-8")
    testing = Path(__file__).resolve().parents[1]
    paths = [str(tmp_path), str(testing)]
    monkeypatch.setenv("PYTHONPATH", ":".join([*paths, os.environ.get("PYTHONPATH", "")]))
    findings = fuzz("times", 7, hang_s=0.5)
    said = {what.split(" at ")[0].split(" (")[0]: numbers for what, numbers in findings.problems.items()}
    assert findings.inputs == 7
    assert said["ZeroDivisionError"] == [1] and said["MemoryError"] == [4]
    assert said["ends the process with -6"] == [3] and said["hangs for more than 0.5 s"] == [5]


@pytest.mark.parametrize(
    "damaged",
    [
        ARRAY.replace(b"(4, 6)", b"(4, 5)"),
        ARRAY.replace(b"(4, 6)", b"(9999999999, 6)"),
        ARRAY.replace(b"(4, 6), ", b"(4, 6, "),
        ARRAY.replace(b"<f4", b"|O4"),
        ARRAY[:-1],
        b"",
    ],
)
def test_arrays_that_do_not_hold_what_they_state(damaged: bytes) -> None:
    assert np.array_equal(decode_array(ARRAY), np.ones((4, 6)))
    with pytest.raises(ValueError):
        decode_array(damaged)


def test_found_by_fuzzing_stay_refused(tmp_path: Path) -> None:
    from EndoDepthLib.results import FramesFolder, ResultsFolder

    (tmp_path / "frames.json").write_text('{"a":' * 3000, encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        FramesFolder.open(tmp_path)
    values = json.loads(PARSERS["results"].samples(tmp_path)[0])
    values["request"]["camera"] |= {"width": 10**9, "height": 10**9}
    (tmp_path / "results.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(InputError, match="million"):
        ResultsFolder.open(tmp_path)
