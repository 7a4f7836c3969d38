"""The folder that all programs of a batch share.

batch.json                what the batch is
cases/NAME/               a finished case, which appears whole
summary.csv summary.json  one line for each case
state/                    who works on what (claims.py)
work/NAME.0001/           an unfinished case, in the hands of the one who has that generation of its claim
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from EndoDepthCLI.job.batch.claims import Claim, Standing


class BatchFolder:
    """The places in one output folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.description = folder / "batch.json"
        self.state, self.work, self.cases = folder / "state", folder / "work", folder / "cases"

    def case(self, name: str) -> Path:
        """Where a finished case is."""
        return self.cases / name

    def unfinished(self, claim: Claim) -> Path:
        """Where the owner of a claim works. Nobody else ever does: whoever takes over moves the folder away first."""
        return self.work / f"{claim.name}.{claim.generation:04d}"

    def take_over(self, claim: Claim) -> bool:
        """Move what earlier generations left to the place of this one; False when they left nothing.

        An earlier owner who is only slow cannot write into it any more: his paths lead nowhere now.
        """
        target = self.unfinished(claim)
        for generation in range(claim.generation - 1, 0, -1):
            with suppress(FileNotFoundError):
                self.unfinished(Claim(claim.name, generation, claim.path)).rename(target)
                return True
        return target.is_dir()

    def finish(self, claim: Claim) -> bool:
        """Make the work the finished case, at once; False when the case was taken over, or is finished already."""
        source, target = self.unfinished(claim), self.case(claim.name)
        if target.exists():
            shutil.rmtree(source, ignore_errors=True)
            return False
        try:
            source.rename(target)
        except OSError:
            if target.exists() or not source.exists():
                shutil.rmtree(source, ignore_errors=True)
                return False
            raise
        return True

    def discard(self, claim: Claim) -> None:
        """Take away what the owner of a claim has made."""
        shutil.rmtree(self.unfinished(claim), ignore_errors=True)

    def files(self, claim: Claim) -> int:
        """How many files the work consists of so far: whether an attempt got any further."""
        return sum(path.is_file() for path in self.unfinished(claim).rglob("*"))

    def findings(self, name: str) -> dict[str, Any]:
        """What the report of a finished case says of it."""
        try:
            report = json.loads((self.case(name) / "report.json").read_text(encoding="utf-8"))
            return {"frames": report["frames"], "warnings": len(report["warnings"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {"message": "its report cannot be read"}

    def tidy(self, names: Collection[str], standings: dict[str, Standing]) -> None:
        """Take away what is left of cases that have ended."""
        with suppress(OSError):
            for folder in list(self.work.iterdir()):
                name = folder.name.removesuffix(".input").rpartition(".")[0]
                if name in names and standings.get(name, Standing()).end is not None:
                    shutil.rmtree(folder, ignore_errors=True)
