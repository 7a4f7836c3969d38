"""Videos, image folders and single images as lazy, seekable sequences of frames; what in a frame is picture."""

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
