"""The quick median is numpy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from EndoDepthLib.values.median import exact_median


@settings(max_examples=40)
@given(seed=st.integers(0, 1000), count=st.sampled_from([1, 2, 999, 20_000, 20_001, 65_537]), power=st.integers(-3, 3))
def test_it_is_numpys(seed: int, count: int, power: int) -> None:
    values = (np.random.default_rng(seed).random(count) ** (2.0**power) + 0.1).astype(np.float32)
    assert exact_median(values) == float(np.median(values))


@pytest.mark.parametrize("kind", ["equal", "two", "every 8th is large", "rising"])
def test_a_sample_that_misleads_costs_time_only(kind: str) -> None:
    values = {
        "equal": np.ones(32_768),
        "two": np.repeat([1.0, 2.0], 16_384),
        "every 8th is large": np.where(np.arange(32_768) % 8 == 0, 100.0 + np.arange(32_768), np.arange(32_768) / 1e3),
        "rising": np.arange(32_768) + 1.0,
    }[kind].astype(np.float32)
    assert exact_median(values) == float(np.median(values))
