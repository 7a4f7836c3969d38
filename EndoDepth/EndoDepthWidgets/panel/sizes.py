"""Bytes and seconds as people say them."""

from __future__ import annotations

from slicer.i18n import tr as _


def size_text(count: int) -> str:
    """Bytes as "640 kB", "520 MB" or "1.3 GB"."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{max(count // 1000, 1)} kB"


def duration_text(seconds: float) -> str:
    """Seconds as "0:08" or "1:02:05"."""
    whole = round(seconds)
    minutes, hours = whole // 60 % 60, whole // 3600
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def remaining_text(seconds: float) -> str:
    """A remaining time as "about 12 s left" or "about 3 min left"."""
    if seconds < 90:
        return _("about {count} s left").format(count=max(1, round(seconds)))
    return _("about {count} min left").format(count=round(seconds / 60))
