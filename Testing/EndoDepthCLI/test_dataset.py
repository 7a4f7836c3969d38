"""`endodepth dataset`: what it lists, and what it says of folders that are good, wrong, damaged or half there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from command_line.material import picture, write_picture, write_pictures
from command_line.process import Outcome, endodepth_in_one_process
from data_sets.scared import FRAMES, HEIGHT, WIDTH, write_scared
from data_sets.stills import write_cholecseg8k, write_kvasir, write_larynx, write_serv_ct

Arguments = Sequence[str | Path]

# Exit code, and what the line on stderr (2) or the report (0) has to say.
EXPECTED: dict[str, tuple[int, list[str]]] = {
    "good": (0, ["4 in 2 sequences", "24x16", "vocal folds 4", "usable: 4 frames", "patient1_seq2", "CC BY"]),
    "good depth": (0, ["50.0 to 60.0 mm", "cap-180", "3 frames", "14 of 16 frames"]),
    "good scared": (
        0,
        ["dataset1/keyframe3", "8 frames, 40.0 to 52.0 mm", "challenge/train 3", "af-sfmlearner/test -"],
    ),
    "no folder": (2, ["nowhere", "is not there"]),
    "wrong layout": (2, ["images/", "vocalfolds"]),
    "unknown set": (2, ["kitti", "scared", "simcol"]),
    "unknown protocol": (2, ["eigen", "af-sfmlearner"]),
    "corrupt among many": (2, ["patient2_seq8/0007", "0007.jpg", "is cut", "--skip-broken"]),
    "corrupt skipped": (0, ["warning", "0007.jpg", "usable: 23 frames, without 1 broken"]),
    "corrupt and empty": (2, ["2 more above"]),
    "empty, quick": (2, ["0003.png", "empty"]),
    "missing masks": (2, ["1 of 2 frames have no mask", "0002.jpg"]),
    "missing skipped": (0, ["warning", "1 of 2 frames have no mask", "usable: 4 frames"]),
    "no overlap": (2, ["none of the 2 mask files", "other1.jpg", "same names"]),
    "one frame a sequence": (0, ["warning", "sequences of one frame", "(1): case"]),
    "one frame": (2, ["1 frame to read", "at least 2"]),
    "nothing labelled": (2, ["no pixel of 4 label maps", "liver"]),
    "another size": (2, ["Experiment_1/001", "9x9", "20x16"]),
    "another unit": (2, ["no frame has depth between 0.001 and 180 mm", "unit"]),
    "split not there": (2, ["split 'train'", "train_files.txt", "AF-SfMLearner"]),
    "size of letters": (2, ["'big'", "640x512"]),
    "unpack stills": (2, ["larynx", "use it as it is"]),
}


def shorten(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:-count])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data sets")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> dict[str, Outcome]:
    calls: dict[str, Arguments] = {}

    def check(name: str, data_set: str, *more: str, place: Path | None = None) -> Path:
        calls[name] = ["dataset", "check", data_set, place or folder / name, *more]
        return folder / name

    write_larynx(check("good", "larynx"))
    write_serv_ct(check("good depth", "serv-ct"))
    scared = write_scared(check("good scared", "scared"))
    check("no folder", "larynx", place=folder / "nowhere")
    write_pictures(check("wrong layout", "larynx"), 2)
    check("unknown set", "kitti")
    check("unknown protocol", "scared", "--protocol", "eigen")
    many = write_larynx(check("corrupt among many", "larynx"), 12)
    shorten(many / "patient2_seq8" / "images" / "0007.jpg", 30)
    check("corrupt skipped", "larynx", "--skip-broken", place=many)
    several = write_larynx(check("corrupt and empty", "larynx"), 3)
    shorten(several / "patient1_seq1" / "images" / "0001.jpg", 30)
    (several / "patient1_seq1" / "masks" / "0003.png").write_bytes(b"")
    (several / "patient2_seq8" / "images" / "0002.jpg").write_text("not a picture", encoding="utf-8")
    check("empty, quick", "larynx", "--quick", place=several)
    incomplete = write_larynx(check("missing masks", "larynx"))
    (incomplete / "patient1_seq1" / "masks" / "0002.png").unlink()
    check("missing skipped", "larynx", "--skip-broken", place=incomplete)
    apart = write_kvasir(check("no overlap", "kvasir-seg"))
    for number, mask in enumerate(sorted((apart / "masks").iterdir())):
        mask.rename(mask.with_name(f"other{number + 1}.jpg"))
    write_picture(check("one frame", "videos") / "still" / "0.png", picture(0))
    lonely = check("one frame a sequence", "videos")
    write_picture(lonely / "case" / "0.png", picture(0))
    write_pictures(lonely / "other", 2)
    blank = write_cholecseg8k(check("nothing labelled", "cholecseg8k"))
    for mask in blank.rglob("*_watershed_mask.png"):
        write_picture(mask, np.full((16, 20), 50, np.uint8))
    odd = write_serv_ct(check("another size", "serv-ct"))
    write_picture(odd / "Experiment_1" / "Ground_truth_CT" / "DepthL" / "001.png", np.ones((9, 9), np.uint16))
    metres = write_serv_ct(check("another unit", "serv-ct"))
    for depth in metres.rglob("DepthL/*.png"):
        write_picture(depth, np.full((16, 20), 65535, np.uint16))
    check("split not there", "scared", "--protocol", "af-sfmlearner", place=scared)
    check("as JSON", "larynx", "--json", place=folder / "good")
    calls["list"] = ["dataset", "list"]
    calls["one of the list"] = ["dataset", "list", "--name", "scared"]
    unpack = ["dataset", "unpack", "scared", scared, "--output"]
    calls["size of letters"] = [*unpack, folder / "x", "--size", "big"]
    calls["unpack stills"] = ["dataset", "unpack", "larynx", folder / "good", "--output", folder / "x"]
    calls["unpack"] = [*unpack, folder / "unpacked"]
    calls["check unpacked"] = ["dataset", "check", "scared", folder / "unpacked", "--protocol", "challenge"]
    calls["unpack smaller"] = [*unpack, folder / "small", "--size", "48x32"]
    calls["unpack again"] = [*unpack, folder / "small", "--size", "64x48", "--resume"]
    return endodepth_in_one_process(calls)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_folder_is_judged_in_clear_words(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    exit_code, wanted = EXPECTED[name]
    assert outcome.exit_code == exit_code, outcome.stderr + outcome.stdout
    assert "Traceback" not in outcome.stderr
    if exit_code == 2:
        (line,) = outcome.error_lines
        assert all(part in line for part in wanted), line
    else:
        assert not outcome.error_lines
        text = " ".join(outcome.stdout.split())
        assert all(part in text for part in wanted), outcome.stdout


def test_every_problem_has_a_line(outcomes: dict[str, Outcome]) -> None:
    problems = [line for line in outcomes["corrupt and empty"].stdout.splitlines() if line.startswith("  problem")]
    assert len(problems) == 3
    for line, file in zip(problems, ("0001.jpg", "0003.png", "0002.jpg"), strict=True):
        assert file in line
    # By their sizes alone the two others look well.
    quick = [line for line in outcomes["empty, quick"].stdout.splitlines() if line.startswith("  problem")]
    assert len(quick) == 1


def test_what_was_found_is_there_for_programs(outcomes: dict[str, Outcome]) -> None:
    found = json.loads(outcomes["as JSON"].stdout)
    assert found["sequences"] == {"patient1_seq1": 2, "patient2_seq8": 2}
    assert found["class_frames"]["glottis"] == 4 and found["problems"] == []


def test_the_list_says_what_may_be_done_with_each(outcomes: dict[str, Outcome]) -> None:
    from EndoDepthTrainingLib.datasets.public.registry import DATASETS

    assert outcomes["list"].exit_code == 0
    for name, description in DATASETS.items():
        assert name in outcomes["list"].stdout and description.weights.value in outcomes["list"].stdout
    text = outcomes["one of the list"].stdout
    for part in ("15351", "1705", "551", "20664", "2991", "517", "noisy", "keyframe_1", "arXiv"):
        assert part in text, text


def test_unpacked_archives_hold_the_same(outcomes: dict[str, Outcome], folder: Path) -> None:
    from EndoDepthTrainingLib.datasets.public.registry import open_dataset

    assert outcomes["unpack"].exit_code == 0, outcomes["unpack"].stderr
    assert outcomes["check unpacked"].exit_code == 0, outcomes["check unpacked"].stdout
    before = open_dataset("scared", folder / "good scared", "challenge", "train")
    after = open_dataset("scared", folder / "unpacked", "challenge", "train")
    assert [sample.name for sample in after] == [sample.name for sample in before] and len(after) == FRAMES
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new.image(), old.image())
        assert old.depth_mm is not None and new.depth_mm is not None
        np.testing.assert_allclose(new.depth_mm(), old.depth_mm(), atol=1 / 512)
        assert new.camera == old.camera
        np.testing.assert_allclose(new.world_from_camera_mm, old.world_from_camera_mm)


def test_archives_may_become_smaller_but_not_two_sizes_in_one_folder(
    outcomes: dict[str, Outcome], folder: Path
) -> None:
    from EndoDepthTrainingLib.datasets.public.registry import open_dataset

    assert outcomes["unpack smaller"].exit_code == 0, outcomes["unpack smaller"].stderr
    sample = open_dataset("scared", folder / "small", "challenge", "test")[1]
    assert sample.image().shape == (32, 48, 3) and sample.depth_mm is not None and sample.camera is not None
    assert sample.depth_mm().shape == (32, 48)
    assert sample.camera.fx == pytest.approx(52.0 * 48 / WIDTH) and sample.camera.height == 32 != HEIGHT
    assert outcomes["unpack again"].exit_code == 2
    assert "48" in outcomes["unpack again"].error_lines[0] and "64" in outcomes["unpack again"].error_lines[0]


def test_unpacking_goes_on_where_it_was_ended(folder: Path, outcomes: dict[str, Outcome]) -> None:
    whole, cut = folder / "unpacked", folder / "cut"
    shutil.copytree(whole, cut)
    (cut / "dataset8" / "keyframe0" / "poses.json").unlink()
    for kind in ("frames", "depth"):
        (cut / "dataset8" / "keyframe0" / kind / "000002.png").unlink()
    arguments = ["dataset", "unpack", "scared", folder / "good scared", "--output", cut]
    done = endodepth_in_one_process({"refused": arguments, "resumed": [*arguments, "--resume"]})
    assert done["refused"].exit_code == 2 and "--resume" in done["refused"].error_lines[0]
    assert done["resumed"].exit_code == 0, done["resumed"].stderr
    names = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(cut) for path in cut.rglob("*") if path.is_file())
    assert all((whole / name).read_bytes() == (cut / name).read_bytes() for name in names)
