"""`endodepth runtimes`: what can run the network here, and how fast each is."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthCLI.options import group, switch


@dataclass(frozen=True)
class RuntimesOptions:
    """What `endodepth runtimes` is told."""

    weights: WeightOptions = group("weights", WeightOptions)
    json: bool = switch("print JSON instead of a table")


def run(options: RuntimesOptions) -> None:
    """Measure, unless that was done before, and print."""
    from EndoDepthCLI.job.runtime_list import list_runtimes

    print(list_runtimes(options.weights, options.json))


COMMAND = Command(
    "runtimes", "what can run the network here, how fast each is, and which is taken", RuntimesOptions, run
)
