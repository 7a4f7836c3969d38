"""`endodepth batch`: every case once, whatever happens to the programs that work on them."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import pytest
from command_line.comparison import differences
from command_line.material import write_camera, write_video
from command_line.process import command, endodepth, environment
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthCLI.batch import BatchOptions
from EndoDepthCLI.job.batch.claims import Claims
from EndoDepthCLI.job.batch.layout import BatchFolder
from EndoDepthCLI.job.batch.liveness import OwnClock, Watch
from EndoDepthCLI.job.batch.manifest import read_manifest
from EndoDepthCLI.job.batch.names import name_key, safe_name
from EndoDepthCLI.job.batch.places import starting_share
from EndoDepthCLI.option_groups import CameraOptions, PromptOptions, WeightOptions
from EndoDepthLib.errors import InputError

CLIPS, FRAMES = 6, 24
TAKEOVER_AFTER_S = "2"
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six clips, of both kinds, and one that is no video."""
    folder = tmp_path_factory.mktemp("archive")
    rows = ["input,name,kind,prompts,every"]
    for number in range(CLIPS):
        write_video(folder / "clips" / f"{number}.mp4", FRAMES)
        rows.append(f"clips/{number}.mp4,clip {number},{'depth' if number % 3 else ''},liver; grasper,1")
    (folder / "clips" / "poison.mp4").write_text("not a video", encoding="utf-8")
    rows.insert(3, "clips/poison.mp4,,,,")
    path = folder / "manifest.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def batch(manifest: Path, weights: Path) -> list[str | Path]:
    """The command, to be completed by --output."""
    return ["batch", manifest, "--weights", weights, "--results-only", "--takeover-after", TAKEOVER_AFTER_S]


def start(arguments: list[str | Path], rank: int) -> subprocess.Popen[str]:
    """One of two programs, told its place as torchrun does."""
    place = {"RANK": str(rank), "WORLD_SIZE": "2"}
    return subprocess.Popen(
        command(*arguments), env=environment() | place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def child_of(pid: int) -> int:
    """The process that computes for a program."""
    said = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return int(said[0]) if said else 0


def table(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "summary.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@POSIX
def test_killed_programs_leave_every_case_complete_once_and_equal(tmp_path: Path, batch: list[str | Path]) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    undisturbed = endodepth(*batch, "--output", whole)
    assert undisturbed.exit_code == 2, undisturbed.stderr
    (line,) = undisturbed.error_lines
    assert "1 of 7 cases failed" in line and "row 4 'poison'" in line

    first, second = (start([*batch, "--output", broken], rank) for rank in range(2))
    wait_for(lambda: len(list((broken / "work").glob("*/*/000002*"))) >= 2 or list((broken / "cases").glob("*")))
    orphan = child_of(first.pid)
    first.kill()  # the program and, with it, its process
    os.kill(child_of(second.pid), signal.SIGKILL)
    _, said = second.communicate(timeout=120)
    first.communicate()
    wait_for(lambda: not Path(f"/proc/{orphan}").exists())
    assert second.returncode == 2, said
    assert "1 of 7 cases failed" in said.splitlines()[-1] and "Traceback" not in said

    done = {f"clip_{number}" for number in range(CLIPS)}
    for folder in (whole, broken):
        assert {path.name for path in (folder / "cases").iterdir()} == done
        assert {name for name, row in table(folder).items() if row["status"] == "done"} == done
        assert table(folder)["poison"]["status"] == "failed"
        assert "not a video" in table(folder)["poison"]["message"]
        assert list((folder / "work").iterdir()) == []
        assert not list(folder.rglob("*.claim")) + list(folder.rglob(".partial-*"))
    for name in done:
        assert differences(whole / "cases" / name, broken / "cases" / name) == [], name
    assert max(int(row["attempts"]) for row in table(broken).values()) > 1

    before = {path: path.stat().st_mtime_ns for path in (broken / "cases").rglob("*")}
    assert endodepth(*batch, "--output", broken).exit_code == 2
    assert {path: path.stat().st_mtime_ns for path in (broken / "cases").rglob("*")} == before


def options(manifest: Path, kind: str = "reconstruct") -> BatchOptions:
    """What a batch of this manifest is told besides."""
    return BatchOptions(manifest, manifest.parent / "out", PromptOptions(), CameraOptions(), WeightOptions(), kind=kind)


def refusal(folder: Path, text: str | bytes) -> str:
    path = folder / "manifest.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    with pytest.raises(InputError) as error:
        read_manifest(options(path))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_manifest_is_refused_with_its_row(tmp_path: Path) -> None:
    write_camera(tmp_path / "nan.json", fx=float("nan"))
    head = "input,name,every,start,fov,camera,kind,hide,undistort\nclip.mp4,one,,,,,,,\n"
    for row, words in {
        "clip.mp4,two,often": "row 3: every",
        "clip.mp4,two,,soon": "row 3: start",
        "clip.mp4,two,,,190": "row 3: fov",
        "clip.mp4,two,,,,nan.json": "fx",
        "clip.mp4,two,,,,gone.json": "gone.json",
        "clip.mp4,two,,,,,segmentation": "row 3: kind",
        "clip.mp4,two,,,,,,everything": "row 3: 'everything' is no rectangle",
        "clip.mp4,two,,,,,,,perhaps": "row 3: undistort",
        ",two": "row 3: input is empty",
        "other.mp4,ONE": "that of row 2",
        "clip.mp4,../one": "that of row 2",
        "a,b,c,d,e,f,g,h,i,j": "row 3: 10 values",
        '"clip.mp4': "row 3",
        "clip.mp4,t\0wo": "row 3",
        "\n\nclip.mp4,two,0": "row 5: every",
    }.items():
        assert words in refusal(tmp_path, head + row)
    assert "unknown column 'vidoe'" in refusal(tmp_path, "input,vidoe\na,b\n")
    assert "no column 'input'" in refusal(tmp_path, "name\na\n")
    assert "column 'input' twice" in refusal(tmp_path, "input,Input\na,b\n")
    assert "no case" in refusal(tmp_path, "input,name\n\n")
    assert "no case" in refusal(tmp_path, "")
    assert "UTF-8" in refusal(tmp_path, b"input\nM\xfcller.mp4\n")


def test_paths_are_meant_from_the_manifest_and_options_fill_what_rows_leave_open(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text("Input, Prompts ,fov\na.mp4,liver; fat ,70\nb.mp4,,\n", encoding="utf-8-sig")
    first, second = read_manifest(options(path, "depth"))
    assert (first.input, first.prompts, first.fov, first.row) == (str(tmp_path / "a.mp4"), ("liver", "fat"), 70.0, 2)
    assert (second.prompts, second.fov, second.kind) == ((), None, "depth")
    assert first.digest != second.digest


@given(st.text(max_size=300) | st.sampled_from(["../../etc", "CON", "nul.txt", "a/b\\c", "-rf", ".hidden", "C:x", "…"]))
def test_names_stay_in_their_folder(text: str) -> None:
    name = safe_name(text, 12)
    assert name and not set(name) & set('/\\:*?"<>|\0\n ') and name[0] not in ".-" and name[-1] != "."
    assert (Path("folder") / name).parent == Path("folder")
    assert len(name.encode("utf-8")) <= 105
    assert safe_name(name, 12) == name
    assert name.split(".")[0].upper() not in {"CON", "NUL", "PRN", "AUX", "COM1", "LPT9"}
    assert name_key(name.upper()) == name_key(name_key(name).upper())


def test_a_dicom_file_is_not_called_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "DOE^JANE 1.2.840.dcm").write_bytes(bytes(128) + b"DICM")
    path = tmp_path / "manifest.csv"
    path.write_text("input\nDOE^JANE 1.2.840.dcm\n", encoding="utf-8")
    (case,) = read_manifest(options(path))
    assert case.name == "case-000002"


def test_of_many_who_claim_a_case_one_gets_it(tmp_path: Path) -> None:
    def claim(number: int, generation: int, barrier: threading.Barrier) -> str | None:
        owner = f"owner{number}"
        barrier.wait()
        return None if Claims(tmp_path, owner).make("case", generation, {"owner": owner}) is None else owner

    for generation in range(1, 30):
        barrier = threading.Barrier(8)
        with ThreadPoolExecutor(8) as threads:
            tried = list(threads.map(claim, range(8), repeat(generation), repeat(barrier)))
        won = [owner for owner in tried if owner is not None]
        assert len(won) == 1
        assert Claims(tmp_path, "reader").read("case", generation)["owner"] == won[0]


def test_who_was_only_slow_cannot_write_into_what_was_taken_over(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path)
    for each in (folder.state, folder.work, folder.cases):
        each.mkdir()
    slow, quick = Claims(folder.state, "slow"), Claims(folder.state, "quick")
    old = slow.make("case", 1, {})
    assert old is not None
    folder.unfinished(old).mkdir()
    (folder.unfinished(old) / "half").write_bytes(b"1")
    new = quick.make("case", 2, {})
    assert new is not None and folder.take_over(new) and slow.is_lost(old)
    assert (folder.unfinished(new) / "half").read_bytes() == b"1"
    assert not folder.finish(old) and not folder.case("case").exists()
    assert folder.finish(new) and not folder.finish(new)
    quick.end(new, "done", "abc", {"frames": 1})
    assert {name: standing.end for name, standing in quick.standings().items()} == {"case": "done"}
    assert [path.name for path in folder.state.iterdir()] == ["case.done.abc.json"]
    assert json.loads((folder.state / "case.done.abc.json").read_text(encoding="utf-8")) == {"frames": 1}


def test_signs_of_life_need_no_common_clock(tmp_path: Path) -> None:
    claims = Claims(tmp_path, "one")
    claim = claims.make("case", 1, {})
    assert claim is not None
    now = [100.0]
    clock = OwnClock(lambda: now[0])
    watch = Watch(clock, 5.0)

    def still() -> bool:
        standing = claims.standings()["case"]
        return watch.is_still("case", (standing.generation, standing.changed_ns))

    signs = set()
    for year in (1990, 2090, 1990, 2026):  # the writer's clock jumps to and fro
        os.utime(claim.path, (365.25 * 86400 * (year - 1970),) * 2)
        for _ in range(3):
            claims.beat(claim)
            signs.add(claims.standings()["case"].changed_ns)
            now[0] += 1.0
            clock.tick()
            assert not still()
    assert len(signs) == 12
    now[0] += 3600.0  # the watcher itself was asleep: that says nothing about others
    clock.tick()
    assert not still()
    for _ in range(5):
        now[0] += 1.0
        clock.tick()
    assert still()
    assert clock.now_s < 30


@given(st.integers(1, 64), st.integers(1, 64))
def test_places_spread_over_the_manifest(tasks: int, ranks: int) -> None:
    shares = [
        starting_share(
            {
                "SLURM_ARRAY_TASK_ID": str(task + 5),
                "SLURM_ARRAY_TASK_MIN": "5",
                "SLURM_ARRAY_TASK_COUNT": str(tasks),
                "RANK": str(rank),
                "WORLD_SIZE": str(ranks),
            }
        )
        for task in range(tasks)
        for rank in range(ranks)
    ]
    assert shares == pytest.approx([number / (tasks * ranks) for number in range(tasks * ranks)])
    assert starting_share({}) == 0.0
    assert starting_share({"RANK": "x", "WORLD_SIZE": "-1"}) == 0.0
