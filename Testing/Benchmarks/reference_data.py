"""Where the data lies that is not part of the repository: ENDODEPTH_DATA, or shared/data beside it."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("ENDODEPTH_DATA", Path(__file__).resolve().parents[2].parent / "shared" / "data"))
