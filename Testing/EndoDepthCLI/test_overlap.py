"""Frames are worked on several at a time; nobody can tell from the results."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthCLI.job.frame_loop import FrameWork, stream_frames
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.overlap import frame_workers, in_order
from EndoDepthCLI.job.preparation import prepare
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, ReadingOptions, WeightOptions
from EndoDepthLib.values import Frame


def _threads() -> int:
    return sum(thread.name.startswith("frame") for thread in threading.enumerate())


@given(
    delays_ms=st.lists(st.integers(0, 3), max_size=12),
    workers=st.integers(1, 5),
)
def test_order_is_kept_and_few_are_begun(delays_ms: list[int], workers: int) -> None:
    drawn = taken = 0

    def items() -> Iterator[tuple[int, int]]:
        nonlocal drawn
        for number, delay in enumerate(delays_ms):
            drawn += 1
            assert drawn - taken <= workers + 1
            yield number, delay

    def work(item: tuple[int, int]) -> int:
        time.sleep(item[1] / 1000)
        return item[0]

    results = []
    for result in in_order(items(), work, workers):
        taken += 1
        results.append(result)
    assert results == list(range(len(delays_ms)))


@pytest.mark.parametrize("workers", [1, 3])
def test_a_failure_comes_in_its_turn_and_ends_all(workers: int) -> None:
    def work(number: int) -> int:
        if number == 4:
            raise TimeoutError("of the item's own")
        return number

    got = []
    with pytest.raises(TimeoutError, match="of the item's own"):
        for each in in_order(iter(range(100)), work, workers):
            got.append(each)
    assert got == [0, 1, 2, 3] and _threads() == 0


def test_whoever_stops_listening_leaves_no_thread() -> None:
    with pytest.raises(KeyboardInterrupt), closing(in_order(iter(range(100)), lambda n: n, 3)) as stream:
        for each in stream:
            if each == 2:
                raise KeyboardInterrupt
    assert _threads() == 0


def test_work_does_overlap() -> None:
    meeting = threading.Barrier(3)
    assert list(in_order(range(6), lambda n: (meeting.wait(timeout=30), n)[1], 3)) == list(range(6))


def test_large_frames_are_fewer_at_a_time() -> None:
    assert frame_workers(7680, 4320) == 1 <= frame_workers(320, 256) <= 4


def test_results_do_not_depend_on_the_number_of_workers(tmp_path: Path, video: Path, weights: Path) -> None:
    def run(workers: int) -> tuple[list[tuple[int, np.ndarray, np.ndarray]], list[int]]:
        prepared = prepare(
            ReadingOptions(video), CameraOptions(), WeightOptions(str(weights), device="cpu"), ("liver",),
            OutputOptions(tmp_path / "none"), Messages(),
        )  # fmt: skip
        written: list[tuple[int, np.ndarray, np.ndarray]] = []

        def compute(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
            depth, labels, _ = prepared.predict(frame)
            assert labels is not None
            return depth.depth, labels.labels

        work = FrameWork(compute, lambda position, arrays: written.append((position, *arrays)))
        frames, computed = stream_frames(prepared, lambda position, _: position == 2, work, workers=workers)
        assert computed == len(frames) - 1
        return written, [frame.index for frame in frames]

    (one, first_indices), (three, indices) = run(1), run(3)
    assert indices == first_indices == list(range(6)) and [each[0] for each in three] == [0, 1, 3, 4, 5]
    for a, b in zip(one, three, strict=True):
        assert a[0] == b[0] and np.array_equal(a[1], b[1], equal_nan=True) and np.array_equal(a[2], b[2])
