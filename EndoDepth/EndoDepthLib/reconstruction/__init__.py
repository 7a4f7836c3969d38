"""From depth to coloured triangle surfaces and their files."""

from EndoDepthLib.reconstruction.ply import read_ply, write_ply
from EndoDepthLib.reconstruction.surface import surface_from_depth, tint_by_label

__all__ = ["read_ply", "surface_from_depth", "tint_by_label", "write_ply"]
