"""Frame numbers and times as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.video import parse_position


@given(st.integers(0, 10**7))
def test_whole_numbers_are_frames(number: int) -> None:
    assert parse_position(f" {number} ") == number and isinstance(parse_position(str(number)), int)


@given(st.floats(0, 1e6).map(lambda value: round(value, 3)))
def test_seconds_are_times(seconds: float) -> None:
    position = parse_position(f"{seconds:.3f}s")
    assert isinstance(position, float) and position == pytest.approx(seconds)


def test_clock_times() -> None:
    assert parse_position("1:05") == 65.0
    assert parse_position("1:02:03.5") == 3723.5
    assert parse_position("12s") == 12.0 and isinstance(parse_position("12s"), float)


@pytest.mark.parametrize("text", ["", "s", "soon", "1h", "nan", "inf", "-1", "-0.5s", "1:2:3:4", "0x10"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_position(text)
