"""Timings take turns, and ratios are taken turn by turn."""

from __future__ import annotations

import pytest
import torch

from EndoDepthLib.benchmarking import Monodepth2, Timing, interleaved, milliseconds_of


def test_calls_take_turns_and_warming_up_does_not_count() -> None:
    order: list[str] = []
    ends = []

    def call(name: str, values: list[float]) -> float:
        order.append(name)
        return values.pop(0)

    own, theirs = [99.0, 1.0, 2.0], [99.0, 3.0, 8.0]
    calls = {"own": lambda: call("own", own), "theirs": lambda: call("theirs", theirs)}
    timings = interleaved(calls, 2, after_turn=lambda: ends.append(len(order)))
    assert order == ["own", "theirs"] * 3 and ends == [2, 4, 6]
    assert timings["own"].values_ms == (1.0, 2.0) and timings["theirs"].median_ms == 5.5
    assert timings["own"].times_faster_than(timings["theirs"]) == 3.5  # the median of 3 and 4


def test_spread() -> None:
    timing = Timing((1.0, 2.0, 3.0, 4.0, 100.0))
    assert timing.median_ms == 3.0 and timing.quartiles_ms == (2.0, 4.0)
    assert Timing((7.0,)).quartiles_ms == (7.0, 7.0)
    assert timing.to_dict()["values_ms"] == [1.0, 2.0, 3.0, 4.0, 100.0]


def test_a_call_is_repeated() -> None:
    calls: list[int] = []
    assert milliseconds_of(lambda: calls.append(1), 5)() >= 0.0 and len(calls) == 5


def test_the_reference_is_monodepth2() -> None:
    network = Monodepth2().eval()
    with torch.no_grad():
        disparities = network(torch.rand(1, 3, 64, 96))
    assert [tuple(each.shape[2:]) for each in disparities] == [(8, 12), (16, 24), (32, 48), (64, 96)]
    assert all(0 <= float(each.min()) <= float(each.max()) <= 1 for each in disparities)
    # Godard et al. state 14.84 million parameters for the ResNet18 model, of which PoseNet shares none; the unused
    # classifier of ResNet18 is left out here.
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(14.33e6, rel=0.01)
