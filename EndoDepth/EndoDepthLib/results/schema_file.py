"""JSON files that begin with a schema and its version: read with a limit, and refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import InputError


def read_schema_file(
    path: Path, schema: str, version: int, largest_bytes: int, kind: str, command: str
) -> dict[str, Any]:
    """The JSON object in `path`, which says this schema and version.

    kind: what such a file is called; command: what makes it. Raises InputError for a file that is missing, larger than
    `largest_bytes`, damaged, or of another schema or version.
    """
    try:
        if path.stat().st_size > largest_bytes:
            raise InputError(f"'{path}' is larger than {largest_bytes >> 20} MiB; expected a file of '{command}'")
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{path}' is damaged ({error}); run '{command}' again") from error
    if not isinstance(values, dict) or values.get("schema") != schema:
        raise InputError(f"'{path}' is no EndoDepth {kind} file; choose a folder made by '{command}'")
    if values.get("version") != version:
        raise InputError(
            f"'{path}' has version {values.get('version')!r}; this program reads version {version}: "
            f"run '{command}' again, or use the program that wrote it"
        )
    return values
