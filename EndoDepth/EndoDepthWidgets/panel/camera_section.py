"""The camera: guessed with a warning, from a field of view, from a file, or one that is in the scene."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from EndoDepthLib.errors import CameraError
from EndoDepthLib.geometry.camera_file import load_camera
from EndoDepthLib.geometry.camera_source import DEFAULT_FOV_DEG
from EndoDepthLib.values import Camera
from EndoDepthScene.cameras import camera_of
from EndoDepthWidgets.panel.choices import CameraKind
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, show_row, write
from EndoDepthWidgets.panel.path_field import PathField


class CameraSection:
    """Which camera took the pictures."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        ui = context.ui
        ui.cameraNodeSelector.addAttribute("vtkMRMLCameraNode", "EndoDepth.Camera.fx")
        self.path = PathField(ui.cameraPathLineEdit, self._on_path)

    def problem(self) -> str | None:
        """What keeps this camera from being used, in one sentence; its size is compared once the input's is known."""
        parameters, size = self._context.parameters, self._context.input_size
        if parameters is None:
            return None
        if parameters.cameraKind is CameraKind.FILE:
            if not parameters.cameraPath.strip():
                return _("Choose a camera file, or another kind of camera.")
            try:
                load_camera(parameters.cameraPath.strip(), *(size or ()))
            except CameraError as error:
                return sentence(error)
        if parameters.cameraKind is CameraKind.NODE:
            camera = _calibration(parameters.cameraNode)
            if camera is None:
                return _("Choose a camera of an EndoDepth case in this scene, or another kind of camera.")
            if size is not None and size != (camera.width, camera.height):
                return _(
                    "Camera '{name}' is for {width} × {height} pixels, the input has {input_width} × {input_height}; "
                    "choose another camera."
                ).format(
                    name=parameters.cameraNode.GetName(),
                    width=camera.width,
                    height=camera.height,
                    input_width=size[0],
                    input_height=size[1],
                )
        return None

    def refresh(self) -> None:
        """Show the fields that this kind of camera needs and what it means."""
        ui, parameters = self._context.ui, self._context.parameters
        if parameters is None:
            return
        kind = parameters.cameraKind
        show_row(kind is CameraKind.FIELD_OF_VIEW, ui.fovLabel, ui.fovSpinBox)
        show_row(kind is CameraKind.FILE, ui.cameraPathLabel, ui.cameraPathLineEdit)
        show_row(kind is CameraKind.NODE, ui.cameraNodeLabel, ui.cameraNodeSelector)
        self.path.show(parameters.cameraPath)
        write(ui.cameraNoteLabel, *self._note(kind, parameters.cameraNode))

    def close(self) -> None:
        """Nothing is held."""

    def _note(self, kind: CameraKind, node: Any) -> tuple[str, Tone]:
        if kind is CameraKind.GUESSED:
            return _(
                "A diagonal field of view of {degrees:g}° without lens distortion is assumed. Depth does not change; "
                "the shape of the surface may be stretched along the view."
            ).format(degrees=DEFAULT_FOV_DEG), Tone.WARNING
        fault = self.problem()
        if fault is not None:
            return fault, Tone.ERROR
        camera = _calibration(node) if kind is CameraKind.NODE else None
        if camera is None:
            return "", Tone.HINT
        return _("{width} × {height} pixels, fx {fx:.1f}, fy {fy:.1f}, {model}").format(
            width=camera.width,
            height=camera.height,
            fx=camera.fx,
            fy=camera.fy,
            model=camera.distortion_model.value.replace("_", " "),
        ), Tone.HINT

    def _on_path(self, text: str) -> None:
        if self._context.parameters is not None:
            self._context.parameters.cameraPath = text


def _calibration(node: Any) -> Camera | None:
    return camera_of(node) if node is not None else None
