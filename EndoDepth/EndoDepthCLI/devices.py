"""`endodepth devices`: what the network can compute on here."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.telling import current_teller


@dataclass(frozen=True)
class DevicesOptions:
    """`endodepth devices` is told nothing."""


def run(options: DevicesOptions) -> None:
    """Answer as JSON: {"auto": id, "devices": [{"id", "name"}]}."""
    from EndoDepthLib.inference.device import choose_device, present_devices

    devices = [{"id": device, "name": name} for device, name in present_devices().items()]
    current_teller().answer({"auto": choose_device("auto"), "devices": devices})


COMMAND = Command("devices", "what the network can compute on here, as JSON", DevicesOptions, run)
