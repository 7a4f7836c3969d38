"""One table of all cases: how each ended, or that it has not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from EndoDepthCLI.job.batch.claims import Claims, Standing
from EndoDepthCLI.job.batch.manifest import Case
from EndoDepthLib.results.atomic import atomic_write

SCHEMA, VERSION = "endodepth-batch-summary", 1
COLUMNS = ("name", "row", "kind", "status", "frames", "warnings", "attempts", "seconds", "worker", "folder", "message")
_SHOWN = 3


@dataclass(frozen=True)
class Summary:
    """A line for each case, in the order of the manifest: the values of COLUMNS."""

    rows: tuple[dict[str, Any], ...]

    def count(self, status: str) -> int:
        """How many cases are "done", "failed" or "waiting"."""
        return sum(row["status"] == status for row in self.rows)

    def describe_failures(self) -> str:
        """The first few failed cases with their reasons, in one line."""
        failed = [row for row in self.rows if row["status"] == "failed"]
        told = "; ".join(f"row {row['row']} '{row['name']}': {row['message']}" for row in failed[:_SHOWN])
        return told + (f"; and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else "")


def summarise(cases: Sequence[Case], claims: Claims, standings: dict[str, Standing]) -> Summary:
    """Read how every case ended."""
    rows = []
    for case in cases:
        standing = standings.get(case.name, Standing())
        values: dict[str, Any] = {}
        if standing.end is not None:
            try:
                file = claims.end_file(case.name, standing.end, standing.digest)
                values = dict(json.loads(file.read_text(encoding="utf-8")))
            except (OSError, TypeError, ValueError):
                values = {"message": "what came of it cannot be read"}
        row = {column: values.get(column, "") for column in COLUMNS}
        row |= {"name": case.name, "row": case.row, "kind": case.kind, "status": standing.end or "waiting"}
        row["folder"] = f"cases/{case.name}" if standing.end == "done" else ""
        rows.append(row)
    return Summary(tuple(rows))


def write_summary(folder: Path, summary: Summary, owner: str) -> None:
    """Write summary.csv and summary.json, each at once, whoever else writes them too."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in summary.rows)
    counts = {status: summary.count(status) for status in ("done", "failed", "waiting")}
    values = {"schema": SCHEMA, "version": VERSION, **counts, "cases": list(summary.rows)}
    for name, content in (
        ("summary.csv", text.getvalue()),
        ("summary.json", json.dumps(values, indent=1, ensure_ascii=False) + "\n"),
    ):
        aside = folder / f".{owner}-{name}"
        atomic_write(aside, content)
        aside.replace(folder / name)


def _plain(value: Any) -> Any:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value
