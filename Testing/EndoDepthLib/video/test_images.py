"""Folders of images and single images of every usual kind."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.video import Video

SHAPE = (31, 45)


def picture(value: int) -> np.ndarray:
    """(31, 45, 3) RGB with three different channels."""
    image = np.empty((*SHAPE, 3), np.uint8)
    image[...] = (value, value // 2, 7)
    return image


def save(path: Path, image: np.ndarray) -> Path:
    """Write with cv2 (RGB given) also under names cv2 cannot open."""
    order = {2: image, 3: image[..., [2, 1, 0, 3][: image.shape[-1]]]}[image.ndim]
    path.write_bytes(cv2.imencode(path.suffix, np.ascontiguousarray(order))[1].tobytes())
    return path


def test_folder_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 2, 1, 33):
        save(tmp_path / f"Aufnahme ä {number}.png", picture(number))
    (tmp_path / "notes.txt").write_text("not an image", encoding="utf-8")
    (tmp_path / ".hidden.png").write_bytes(b"")
    with Video.open(tmp_path) as video:
        assert (video.width, video.height, video.frame_rate, video.frame_count) == (45, 31, None, 4)
        assert [int(frame.image[0, 0, 0]) for frame in video] == [1, 2, 10, 33]
        assert video.read(2).index == 2 and np.array_equal(video.read(2).image, picture(10))
        assert video.warnings == []
    with Video.open(tmp_path, start=1, every=2) as video:
        assert [frame.index for frame in video] == [1, 3]
    with pytest.raises(SettingsError, match="has no times"):
        Video.open(tmp_path, start="1s")


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_one_image(suffix: str, tmp_path: Path) -> None:
    with Video.open(save(tmp_path / f"one{suffix}", picture(200))) as video:
        (frame,) = list(video)
        assert np.array_equal(frame.image, picture(200)) and video.warnings == []


def test_grey_transparent_and_16_bit_are_read_right_with_a_warning(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, SHAPE[0] * SHAPE[1]).reshape(SHAPE).round().astype(np.uint16)
    grey = (ramp // 257).astype(np.uint8)
    alpha = np.dstack([picture(200), np.full(SHAPE, 255, np.uint8)])
    alpha[:5, :, 3] = 0
    expected = picture(200)
    expected[:5] = 0
    cases = {
        "grey.png": (grey, np.dstack([grey] * 3), "grey"),
        "grey16.png": (ramp, np.dstack([np.rint(ramp / 257).astype(np.uint8)] * 3), "16-bit"),
        "color16.tif": (picture(200).astype(np.uint16) * 257, picture(200), "16-bit"),
        "alpha.png": (alpha, expected, "transparent"),
    }
    for name, (stored, wanted, note) in cases.items():
        with Video.open(save(tmp_path / name, stored)) as video:
            assert np.array_equal(next(iter(video)).image, wanted), name
            assert any(note in sentence for sentence in video.warnings), name


def test_4k_image_and_odd_size(tmp_path: Path) -> None:
    for width, height in ((3840, 2160), (17, 33)):
        image = np.zeros((height, width, 3), np.uint8)
        with Video.open(save(tmp_path / f"{width}.jpg", image)) as video:
            assert next(iter(video)).image.shape == (height, width, 3)


def test_bad_images_are_refused_in_one_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    suffixes = (".png", ".jpg", ".bmp", ".tif")
    for number, shape in enumerate([(32, 40, 3), (32, 40, 3), (33, 40, 3)]):
        for suffix in suffixes:
            folder = tmp_path / f"mixed{suffix}"
            folder.mkdir(exist_ok=True)
            save(folder / f"{number}{suffix}", np.zeros(shape, np.uint8))
    text = tmp_path / "text.png"
    text.write_text("hello", encoding="utf-8")
    nothing = tmp_path / "nothing.jpg"
    nothing.write_bytes(b"")
    floats = tmp_path / "floats.tif"
    cv2.imwrite(str(floats), np.zeros((32, 32), np.float32))
    cases = {
        empty: "holds no images",
        **{tmp_path / f"mixed{suffix}": "mixes image sizes: 0.* is 40x32 but 2.* 40x33" for suffix in suffixes},
        text: "is not a readable image",
        nothing: "is empty",
        floats: "holds float32 numbers",
        save(tmp_path / "dot.png", np.zeros((1, 1, 3), np.uint8)): "is 1x1 pixels; expected at least 16x16",
    }
    for path, expected in cases.items():
        with pytest.raises(InputError, match=expected) as raised:
            Video.open(path)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif"])
@pytest.mark.parametrize("kept_share", [0.0, 0.1, 0.9])
def test_damaged_images_are_left_out_and_shift_no_number(
    suffix: str, kept_share: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    for number in range(5):
        save(tmp_path / f"{number}{suffix}", rng.integers(0, 255, (*SHAPE, 3), np.uint8))
    for number in (0, 2, 4):
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept_share)])
    with Video.open(tmp_path) as video:
        assert (video.width, video.height, video.frame_count) == (45, 31, 5)
        assert [frame.index for frame in video] == [1, 3]
        assert [frame.index for frame in video] == [1, 3]
        with pytest.raises(InputError, match="frame 2 of .* cannot be decoded"):
            video.read(2)
        for number in (0, 2, 4):
            (sentence,) = [s for s in video.warnings if s.startswith(f"{number}{suffix} is left out: ")]
            assert "\n" not in sentence
    assert suffix != ".png" or "libpng" not in capfd.readouterr().err


def test_folder_of_damaged_images_only(tmp_path: Path) -> None:
    for number in range(3):
        path = save(tmp_path / f"{number}.png", picture(number))
        path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(InputError, match="no image of folder .* can be read; 0.png and the others are damaged"):
        Video.open(tmp_path)
    with pytest.raises(InputError, match=r"0\.png is cut"):
        Video.open(tmp_path / "0.png")
