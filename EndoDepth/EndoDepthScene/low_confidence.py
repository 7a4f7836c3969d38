"""Hiding what the depth is not sure of, in what is shown and never in what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from EndoDepthLib.errors import SettingsError
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, SURFACE
from EndoDepthScene.models import CONFIDENCE as CONFIDENCE_SCALARS
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.volumes import INVALID_DEPTH, pixels_of

HIDDEN_BELOW = PREFIX + "HiddenBelow"


class LowConfidence:
    """Depth pixels and surface triangles below a confidence are not shown.

    Only the nodes that show the selected frame are cut, again each time another frame is selected; the sequences keep
    all values, and so do probe and measurement. The threshold stays with the browser in a saved scene; make a new
    LowConfidence there, and hiding goes on. Call `close` before the scene is closed.

        hiding = LowConfidence(view)
        hiding.hide_below(0.4)
        hiding.close()
    """

    def __init__(self, view: CaseView) -> None:
        self.view = view
        self._observed: list[tuple[Any, int]] = []
        self._is_cutting = False
        if self.share > 0:
            self._observe()
            self._cut(self._cut_depth, self._cut_surface)

    @property
    def share(self) -> float:
        """The confidence (0..1) below which nothing is shown; 0 = all is shown."""
        return float(self.view.browser.GetAttribute(HIDDEN_BELOW) or 0.0)

    def hide_below(self, share: float) -> None:
        """Show only what has at least this confidence (0..1; 0 shows all). Raises SettingsError outside 0..1."""
        if not 0 <= share <= 1:
            raise SettingsError(f"least confidence is {share!r}; expected 0 to 1")
        self._stop_observing()
        self.view.refresh()
        self.view.browser.SetAttribute(HIDDEN_BELOW, repr(float(share)) if share > 0 else None)
        if share > 0:
            self._observe()
            self._cut(self._cut_depth, self._cut_surface)

    def close(self) -> None:
        """Show all again in this scene and let go of it; the threshold stays with the browser for the next time."""
        if self._observed:
            self._stop_observing()
            self.view.refresh()

    def _observe(self) -> None:
        # Shown nodes change one after another: each is cut by its own item, when it holds that item.
        for kind, event, on_change in (
            (DEPTH, slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, self._on_depth),
            (SURFACE, slicer.vtkMRMLModelNode.MeshModifiedEvent, self._on_surface),
        ):
            proxy = self.view.proxy(kind)
            if proxy is not None:
                self._observed.append((proxy, proxy.AddObserver(event, on_change)))

    def _stop_observing(self) -> None:
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed = []

    def _on_depth(self, _caller: Any, _event: str) -> None:
        self._cut(self._cut_depth)

    def _on_surface(self, _caller: Any, _event: str) -> None:
        self._cut(self._cut_surface)

    def _cut(self, *cuts: Callable[[], None]) -> None:
        if self._is_cutting:
            return
        self._is_cutting = True
        try:
            for cut in cuts:
                cut()
        finally:
            self._is_cutting = False

    def _cut_depth(self) -> None:
        item, confidence = self.view.item(DEPTH), self.view.item(CONFIDENCE)
        proxy = self.view.proxy(DEPTH)
        if item is None or confidence is None or proxy is None:
            return
        shown = pixels_of(proxy)
        shown[...] = np.where(pixels_of(confidence) >= 100 * self.share, pixels_of(item), INVALID_DEPTH)
        proxy.GetImageData().Modified()

    def _cut_surface(self) -> None:
        item, proxy = self.view.item(SURFACE), self.view.proxy(SURFACE)
        values = None if item is None else item.GetPolyData().GetPointData().GetArray(CONFIDENCE_SCALARS)
        if values is None or proxy is None:
            return
        triangles = vtk_to_numpy(item.GetPolyData().GetPolys().GetConnectivityArray()).reshape(-1, 3)
        is_sure = vtk_to_numpy(values) >= 100 * self.share
        kept = triangles[is_sure[triangles].all(axis=1)].astype(np.int32)
        cells = vtk.vtkCellArray()
        offsets = np.arange(0, 3 * len(kept) + 1, 3, dtype=np.int32)
        cells.SetData(
            numpy_to_vtk(offsets, deep=True, array_type=vtk.VTK_TYPE_INT32),
            numpy_to_vtk(kept.ravel(), deep=True, array_type=vtk.VTK_TYPE_INT32),
        )
        proxy.GetPolyData().SetPolys(cells)
        proxy.GetPolyData().Modified()
