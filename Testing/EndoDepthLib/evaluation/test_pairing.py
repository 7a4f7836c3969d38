"""Predictions numbered by kept position against references numbered by frame: right, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation import evaluate_depth
from EndoDepthLib.evaluation.pairing import pair
from EndoDepthLib.evaluation.source_frames import SourceFrames, source_frames
from EndoDepthLib.results import ResultsFrame, ResultsInput, ResultsManifest, ResultsRequest
from EndoDepthLib.values import Camera

SPARSE = (2, 5, 8)  # --start 2 --every 3


def files(count: int) -> list[Path]:
    return [Path(f"{position:06d}.npy") for position in range(count)]


def run(indices: tuple[int, ...], of_video: bool = True) -> SourceFrames:
    return SourceFrames(Path("run"), indices, of_video)


def write_manifest(path: Path, indices: tuple[int, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    request = ResultsRequest(ResultsInput("a.mp4", 25.0, 2, None, 3), Camera(9, 9, 8, 8, 16, 16), "fov", "w", "0")
    frames = tuple(ResultsFrame(index, index / 25) for index in indices)
    path.write_text(ResultsManifest(request, frames, True).to_text(), encoding="utf-8")


@pytest.mark.parametrize("names", ["{:06d}", "Depth_{:04d}", "case3_{}"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_full_reference_is_paired_by_frame(names: str, first: int) -> None:
    stems = [names.format(first + frame) for frame in range(12)]
    pairs, how = pair(stems, files(3), None, run(SPARSE))
    assert [(name, file.stem) for name, file in pairs] == [
        (names.format(first + frame), f"{position:06d}") for position, frame in enumerate(SPARSE)
    ]
    assert "by frame" in how and pairs[0][0] in how


def test_references_of_some_frames_of_a_video() -> None:
    pairs, _ = pair(["000002", "000008"], files(3), None, run(SPARSE))
    assert [file.stem for _, file in pairs] == ["000000", "000002"]
    with pytest.raises(InputError, match="no reference is of frame 5"):
        pair(["000002", "000007"], files(3), None, run(SPARSE))


def test_references_that_a_run_made_are_paired_by_their_own_list() -> None:
    pairs, _ = pair(["000000", "000001"], files(3), run((5, 8)), run(SPARSE))
    assert [file.stem for _, file in pairs] == ["000001", "000002"]
    pairs, _ = pair(["000000", "000001", "000002"], files(12), run(SPARSE), None)
    assert [file.stem for _, file in pairs] == ["000002", "000005", "000008"]


@pytest.mark.parametrize(
    ("names", "source"),
    [
        (["000000", "000001", "000002"], run(SPARSE)),  # as many as were kept, but numbered as the first three
        (["000010", "000020", "000030"], run((0, 1, 2), of_video=True)),
        (["000000", "000010", "000020", "000030"], run((0, 10), of_video=False)),  # the 10th picture may be called 100
        (["left", "right"], run(SPARSE)),
    ],
)
def test_what_would_be_a_guess_is_refused_in_one_line(names: list[str], source: SourceFrames) -> None:
    with pytest.raises(InputError) as raised:
        pair(names, files(len(source.indices)), None, source)
    assert "\n" not in str(raised.value)


def test_every_picture_of_a_folder_is_paired_in_order_whatever_its_number() -> None:
    pairs, _ = pair(["img7", "img20", "img100"], files(3), None, run((0, 1, 2), of_video=False))
    assert [file.stem for _, file in pairs] == ["000000", "000001", "000002"]
    pairs, _ = pair(["left"], files(1), None, run((4,)))
    assert len(pairs) == 1


def test_an_unfinished_run_is_refused() -> None:
    with pytest.raises(InputError, match="does not list the frame of its file '000002'.*--resume"):
        pair([f"{frame:06d}" for frame in range(12)], files(3), None, run((2, 5)))


@pytest.mark.parametrize(("manifest", "folder"), [("request.json", "."), ("results.json", "depth")])
def test_depth_of_some_frames_is_compared_with_those_frames(manifest: str, folder: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(10, 90, (12, 16, 16)).astype(np.float32)
    (tmp_path / "truth").mkdir()
    for frame, depth in enumerate(truth):
        np.save(tmp_path / "truth" / f"{frame:06d}.npy", depth)
    write_manifest(tmp_path / "run" / manifest, SPARSE)
    target = tmp_path / "run" / folder
    target.mkdir(exist_ok=True)
    for position, frame in enumerate(SPARSE):
        np.save(target / f"{position:06d}.npy", truth[frame])
    found = source_frames(target)
    assert found is not None and found.indices == SPARSE and found.of_video
    for given in {tmp_path / "run", target}:
        evaluation = evaluate_depth(given, tmp_path / "truth")
        assert sorted(evaluation.images) == ["000002", "000005", "000008"]
        assert evaluation.means()["prediction"].abs_rel < 1e-6
