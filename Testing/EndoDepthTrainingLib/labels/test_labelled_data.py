"""What a user gives to learn from: labels of the prompts, and one clear line for what cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthTrainingLib.labels.annotated_folder import labels_for
from EndoDepthTrainingLib.labels.labelled_data import read_labelled_data
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, write_seg_nrrd
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS

MakeFolder = Callable[..., Path]


def test_a_frame_says_no_more_than_its_segments_name() -> None:
    labels = np.array([[0, 1, 2, 3]], np.uint8)
    marked = Segments(labels, ("Polyps", "void", "snare"), ((0, 0, 0),) * 3)
    assert labels_for(marked, ["polyp"]).tolist() == [[0, 1, IGNORE, 0]]
    assert labels_for(marked, ["snare", "polyp"]).tolist() == [[0, 2, IGNORE, 1]]
    rest = NOT_CLASS + 2  # this frame was not searched for a grasper
    assert labels_for(Segments(labels, ("x", "polyp", "y"), ((0, 0, 0),) * 3), ["grasper", "polyp"])[0, 0] == rest
    assert labels_for(marked, ["grasper", "polyp", "snare"])[0, 0] == IGNORE


def test_folders_become_one_set_with_prompts_and_colours(make_folder: MakeFolder) -> None:
    data = read_labelled_data([str(make_folder("a", 4, 3)), str(make_folder("b", 2, 2, "Polyps"))])
    assert data.prompts == ("polyp",) and data.colors == ((255, 220, 0),)
    assert data.frames.images.shape == (5, 64, 64, 3)
    assert len(set(data.frames.groups)) == 2 and data.names == ("f0", "f1", "f2", "f0", "f1")
    share = (data.frames.labels == 1).mean()
    assert share == pytest.approx(np.pi * 81 / (64 * 48), rel=0.1)


def test_a_data_set_that_is_known_by_name_is_read_too(tmp_path: Path) -> None:
    mask = np.zeros((64, 64), np.uint8)
    mask[10:30], mask[40:] = 3, 2  # glottis, other tissue, and void between
    for number in range(3):
        for kind, picture in (("images", np.full((64, 64, 3), 90, np.uint8)), ("masks", mask)):
            file = tmp_path / "patient1_seq1" / kind / f"{number:04d}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(file), picture)
    data = read_labelled_data([f"larynx={tmp_path}"], ["glottis"])
    assert len(data.frames) == 3 and data.prompts == ("glottis",)
    assert data.frames.labels[0, :, 0].tolist() == [IGNORE] * 10 + [1] * 20 + [IGNORE] * 10 + [0] * 24


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (lambda f: [p.unlink() for p in f.glob("*.seg.nrrd")], "no frame in .* is labelled"),
        (lambda f: [p.unlink() for p in f.glob("*.png")], "holds no picture"),
        (lambda f: [p.rename(f / f"other-{p.name}") for p in f.glob("*.seg.nrrd")], "none of the 3 segmentations"),
        (lambda f: [(f / f"f{n}.seg.nrrd").unlink() for n in (1, 2)], "gives 1 labelled frame"),
        (lambda f: (f / "f1.png").write_bytes((f / "f1.png").read_bytes()[:99]), "f1.png' is cut"),
        (lambda f: (f / "f1.seg.nrrd").write_bytes(b"NRRD0004\n"), "f1.seg.nrrd"),
    ],
)
def test_what_cannot_be_used_is_named(
    make_folder: MakeFolder, break_it: Callable[[Path], object], expected: str
) -> None:
    folder = make_folder("a", 3, 3)
    break_it(folder)
    with pytest.raises(InputError, match=expected):
        read_labelled_data([str(folder)])


def test_damaged_frames_are_left_out_only_when_asked(make_folder: MakeFolder) -> None:
    folder = make_folder("a", 4, 4)
    (folder / "f1.png").write_bytes(b"")
    with pytest.raises(InputError, match="f1.png.*--skip-damaged"):
        read_labelled_data([str(folder)])
    data = read_labelled_data([str(folder)], skip_damaged=True)
    assert data.names == ("f0", "f2", "f3") and len(data.skipped) == 1 and "f1.png" in data.skipped[0]


def test_a_structure_without_a_pixel_is_named(make_folder: MakeFolder) -> None:
    folder = make_folder("a", 3, 3)
    for file in folder.glob("*.seg.nrrd"):
        write_seg_nrrd(file, Segments(np.zeros((48, 64), np.uint8), ("polyp",), ((255, 220, 0),)))
    with pytest.raises(InputError, match="'polyp' has no labelled pixel in any of the 3 frames"):
        read_labelled_data([str(folder)])
    with pytest.raises(SettingsError, match="no frame has a segment 'liver'; there are: polyp"):
        read_labelled_data([str(folder)], ["liver"])
    with pytest.raises(SettingsError, match="neither a folder nor NAME=FOLDER"):
        read_labelled_data(["polypen=somewhere"])
