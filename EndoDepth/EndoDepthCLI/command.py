"""What a subcommand is to the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """A subcommand: its name, one line of help, its options dataclass and what runs it.

    `run` takes an instance of `options`. A command with `subcommands` only leads to them. goes_on: given
    again, it goes on where it was interrupted, without an option that says so.
    """

    name: str
    summary: str
    options: type | None = None
    run: Callable[[Any], None] | None = None
    subcommands: tuple[Command, ...] = ()
    goes_on: bool = False
