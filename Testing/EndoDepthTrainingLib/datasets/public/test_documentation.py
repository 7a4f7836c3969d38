"""The page on data sets names what the registry holds, and nothing else."""

from __future__ import annotations

import re

from architecture.source_tree import ROOT

from EndoDepthTrainingLib.datasets.public.description import WeightsUse
from EndoDepthTrainingLib.datasets.public.registry import DATASETS

PAGE = (ROOT / "Resources" / "docs" / "datasets.md").read_text(encoding="utf-8")
SHORT = {WeightsUse.ANY: "any", WeightsUse.RESEARCH: "research", WeightsUse.NONE: "no", WeightsUse.YOURS: "yours"}


def test_every_data_set_has_a_row_with_its_licence() -> None:
    rows = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and re.fullmatch("`[a-z0-9-]+`", cells[0]):
            rows[cells[0].strip("`")] = cells
    assert set(rows) == set(DATASETS)
    for name, (_, _, _, licence, weights, _) in rows.items():
        assert weights == SHORT[DATASETS[name].weights], name
        if DATASETS[name].licence.startswith("CC BY"):
            assert licence == DATASETS[name].licence, name


def test_every_protocol_and_count_is_named() -> None:
    section = PAGE[PAGE.index("## Protocols") : PAGE.index("## What to know")]
    for name, description in DATASETS.items():
        for protocol in description.protocols:
            shown = "without-SEQUENCE" if protocol.name.startswith("without-") else protocol.name
            assert f"`{shown}`" in section, (name, protocol.name)
            for split in protocol.splits:
                assert split.frames is None or f"{split.frames:,}" in section, (name, protocol.name, split.name)
            if protocol.max_depth_mm < 1e6:
                assert re.search(rf"\bto {protocol.max_depth_mm:g}\b", section), (name, protocol.name)
