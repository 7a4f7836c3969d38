"""Who works on which case: a folder of small files that every machine sees.

    NAME.0001.claim       somebody works on NAME: made by the one who could create it; its time of change is touched
                          while he lives. To take over is to create generation 2, which again only one can.
    NAME.0001.released    nobody works on it any more; the next may create generation 2
    NAME.done.DIGEST.json, NAME.failed.DIGEST.json    ended, what came of it, and of which settings it was made

Nothing is ever locked, and no clock is compared with another machine's.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from EndoDepthLib.results.atomic import atomic_write

_LEAST_STEP_NS = 2 * 10**9  # some file systems keep times of two seconds


@dataclass(frozen=True)
class Claim:
    """The right to work on a case, in its `generation`, and the file that says so."""

    name: str
    generation: int
    path: Path


@dataclass(frozen=True)
class Standing:
    """How a case stands: its newest claim (0: none), whether that is released, its time of change in ns; or its end."""

    generation: int = 0
    is_released: bool = False
    changed_ns: int = 0
    end: str | None = None
    digest: str = ""


class Claims:
    """The claims in one folder, as `owner` (a text that nobody else has) sees and makes them."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder, self.owner = folder, owner

    def standings(self) -> dict[str, Standing]:
        """Every case that was ever begun. Raises OSError when the folder cannot be read."""
        newest: dict[str, tuple[int, bool, os.DirEntry[str]]] = {}
        found: dict[str, Standing] = {}
        with os.scandir(self.folder) as entries:
            for entry in entries:
                name, _, kind = entry.name.rpartition(".")
                name, _, middle = name.rpartition(".")
                if kind == "json" and name.endswith((".done", ".failed")):
                    case, _, end = name.rpartition(".")
                    # Done counts more than failed: of a case that two had, one may have given up.
                    if case not in found or found[case].end != "done":
                        found[case] = Standing(end=end, digest=middle)
                elif kind in ("claim", "released") and middle.isdecimal():
                    number = (int(middle), kind == "released")
                    if name not in newest or number > newest[name][:2]:
                        newest[name] = (*number, entry)
        for case, (generation, is_released, entry) in newest.items():
            if case not in found:
                with suppress(FileNotFoundError):  # ended since
                    found[case] = Standing(generation, is_released, entry.stat().st_mtime_ns)
        return found

    def make(self, name: str, generation: int, record: dict[str, Any]) -> Claim | None:
        """Claim a generation of a case; None when somebody else has it."""
        released = self.folder / f"{name}.{generation:04d}.released"
        claim = Claim(name, generation, self.folder / f"{name}.{generation:04d}.claim")
        if released.exists() or not create_alone(claim.path, json.dumps(record)):
            return None
        if released.exists():  # since we looked
            self.withdraw(claim)
            return None
        return claim

    def read(self, name: str, generation: int) -> dict[str, Any]:
        """What the maker of a claim wrote into it; empty when it is gone or damaged."""
        for kind in ("claim", "released"):
            with suppress(OSError, ValueError):
                value = json.loads((self.folder / f"{name}.{generation:04d}.{kind}").read_text(encoding="utf-8"))
                return value if isinstance(value, dict) else {}
        return {}

    def is_lost(self, claim: Claim) -> bool:
        """Whether somebody took the case over."""
        return (self.folder / f"{claim.name}.{claim.generation + 1:04d}.claim").exists()

    def beat(self, claim: Claim) -> None:
        """Give a sign of life: the time of change differs from the last one, whatever the clock says."""
        before_ns = claim.path.stat().st_mtime_ns
        now_ns = time.time_ns()
        if abs(now_ns - before_ns) < _LEAST_STEP_NS:
            now_ns = before_ns + _LEAST_STEP_NS
        os.utime(claim.path, ns=(now_ns, now_ns))

    def rewrite(self, claim: Claim, record: dict[str, Any]) -> None:
        """Say more about a claim that one has."""
        self._write(claim.path, json.dumps(record))

    def release(self, claim: Claim, record: dict[str, Any]) -> None:
        """Let somebody else (or oneself again) claim the case; `record` tells what has happened so far."""
        self.rewrite(claim, record)
        claim.path.rename(claim.path.with_suffix(".released"))

    def end(self, claim: Claim, end: str, digest: str, record: dict[str, Any]) -> None:
        """Say that the case is "done" or "failed", and take its claims away."""
        self._write(self.end_file(claim.name, end, digest), json.dumps(record, indent=1))
        for generation in range(1, claim.generation + 1):
            for kind in ("claim", "released"):
                (self.folder / f"{claim.name}.{generation:04d}.{kind}").unlink(missing_ok=True)

    def end_file(self, name: str, end: str, digest: str) -> Path:
        """The file that says how a case ended."""
        return self.folder / f"{name}.{end}.{digest}.json"

    def withdraw(self, claim: Claim) -> None:
        """Take a claim back that was made for nothing."""
        claim.path.unlink(missing_ok=True)

    def _write(self, path: Path, text: str) -> None:
        aside = self.folder / f"{self.owner}.aside"
        atomic_write(aside, text)
        aside.replace(path)


def create_alone(path: Path, text: str) -> bool:
    """Make a file that is not there yet; False when it is. Of several who try, on any machines, one succeeds."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return True
