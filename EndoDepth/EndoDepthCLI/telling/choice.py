"""The ways of telling that `--progress` names."""

from __future__ import annotations

from EndoDepthCLI.telling.for_people import PeopleTeller
from EndoDepthCLI.telling.json_lines import JsonTeller
from EndoDepthCLI.telling.teller import Teller

WAYS = ("auto", "plain", "json")
HELP = "how progress is told: bars on a terminal (auto, default), plain lines, or JSON lines on stdout for programs"


def choose_teller(way: str) -> Teller:
    """The teller of one of WAYS."""
    return JsonTeller() if way == "json" else PeopleTeller(bars=way == "auto")
