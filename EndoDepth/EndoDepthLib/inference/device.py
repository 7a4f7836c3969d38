"""Where the network runs."""

from __future__ import annotations

from EndoDepthLib.errors import SettingsError

DEVICES = ("auto", "cpu", "cuda", "mps")


def present_devices() -> dict[str, str]:
    """The devices of this machine, best first, with names for people, such as {"cpu": "CPU, 8 threads"}."""
    import torch

    found = {}
    if torch.cuda.is_available():
        found["cuda"] = torch.cuda.get_device_name(0)
    if torch.backends.mps.is_available():
        found["mps"] = "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    found["cpu"] = f"CPU, {threads} thread" + ("s" if threads != 1 else "")
    return found


def choose_device(name: str = "auto") -> str:
    """The torch device for one of DEVICES. Raises SettingsError for another name or a device that is not there."""
    if name not in DEVICES:
        raise SettingsError(f"device is {name!r}; expected one of {', '.join(DEVICES)}")
    if name == "cpu":
        return name
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(candidate for candidate in ("cuda", "mps", "cpu") if present[candidate])
    if not present[name]:
        raise SettingsError(f"device {name!r} was asked for but torch finds none on this machine; use --device cpu")
    return name
