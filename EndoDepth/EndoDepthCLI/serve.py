"""`endodepth serve`: live pictures in, depth, structures and a surface out, over OpenIGTLink."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import CameraOptions, PromptOptions, WeightOptions
from EndoDepthCLI.options import group, option, switch, whole_number

DEFAULT_PORT = 18944
LOOPBACK = "127.0.0.1"


def port_number(text: str) -> int:
    """A TCP port from 0 (any free one) to 65535."""
    port = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a port; expected 0 (any free one) to 65535")
    return port


@dataclass(frozen=True)
class ServeOptions:
    """What `endodepth serve` is told."""

    prompting: PromptOptions = group("structures (default: depth only)", PromptOptions)
    lens: CameraOptions = group("camera", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)
    port: int = option(
        f"port to listen on, 0 for any free one (default {DEFAULT_PORT})",
        default=DEFAULT_PORT,
        parse=port_number,
        metavar="N",
    )
    host: str = option(
        f"address to listen on (default {LOOPBACK}: this computer only; 0.0.0.0: anybody on the network)",
        default=LOOPBACK,
        metavar="ADDRESS",
    )
    surface_step: int | None = option(
        "pixels between vertices of the surface (default: what keeps it near 20,000 vertices)",
        parse=whole_number(1, "a number of pixels"),
        metavar="N",
    )
    no_surface: bool = switch("send no surface")


def run(options: ServeOptions) -> None:
    """Answer until Ctrl-C."""
    from EndoDepthCLI.job.serving.serving_job import serve

    serve(options)


COMMAND = Command(
    "serve", "live over OpenIGTLink: pictures in; depth, structures, surface, status out", ServeOptions, run
)
