"""A small Slicer outside Slicer: runs scripted modules on slicer-core's real scene and real Qt widgets.

from host import start_host
with start_host(tmp_path) as host:
    panel = host.open_module("EndoDepth")
"""

from host.running import Host, start_host

__all__ = ["Host", "start_host"]
