"""Warnings to the user: each is said once and kept for the report."""

from __future__ import annotations

from collections.abc import Iterable

from EndoDepthCLI.telling import current_teller


def as_unicode(name: str) -> str:
    """The text with escapes for what UTF-8 cannot hold: the bytes of a file name that are not text."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


class Messages:
    """Collects warnings in the order they come up and says each once."""

    def __init__(self) -> None:
        self._warnings: dict[str, None] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings so far, without repetition."""
        return tuple(self._warnings)

    def warn(self, text: str) -> None:
        """Say a warning unless it was said before."""
        text = as_unicode(text)
        if text not in self._warnings:
            self._warnings[text] = None
            current_teller().warn(text)

    def warn_all(self, texts: Iterable[str]) -> None:
        """Say several warnings."""
        for text in texts:
            self.warn(text)
