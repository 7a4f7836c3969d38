"""`endodepth reconstruct` in Slicer's CLI framework: its XML, its arguments, its way of telling progress."""

from EndoDepthCLI.slicer_cli.running import run_module

__all__ = ["run_module"]
