"""Videos, image folders and single images as lazy, seekable sequences of frames; what in a frame is picture.

Names are loaded when first used: a panel reads positions while OpenCV and PyAV are not installed yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.video.content_area import find_content_area
    from EndoDepthLib.video.position import parse_position
    from EndoDepthLib.video.specular import specular_mask
    from EndoDepthLib.video.validity import HIGHLIGHT_CONFIDENCE, Validity, doubt_highlights, validity_map
    from EndoDepthLib.video.video import Video

__all__ = [
    "HIGHLIGHT_CONFIDENCE",
    "Validity",
    "Video",
    "doubt_highlights",
    "find_content_area",
    "parse_position",
    "specular_mask",
    "validity_map",
]
_HOME = {
    "HIGHLIGHT_CONFIDENCE": "validity",
    "Validity": "validity",
    "Video": "video",
    "doubt_highlights": "validity",
    "find_content_area": "content_area",
    "parse_position": "position",
    "specular_mask": "specular",
    "validity_map": "validity",
}

__getattr__ = lazy_names(__name__, _HOME)
