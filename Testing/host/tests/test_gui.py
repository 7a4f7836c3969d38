"""Widgets and parameters follow each other, by real typing and clicks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from host import Host
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton


@pytest.fixture
def panel(host: Host, sample: Path) -> Any:
    return host.open_module("HostSample", sample)


def test_what_is_typed_and_clicked_is_stored(host: Host, panel: Any, tmp_path: Path) -> None:
    ui, parameters = panel.ui, panel.parameters
    host.type_text(ui.textEdit, "typed")
    host.type_text(ui.countBox, "7")
    host.type_text(ui.cornerBox, "1.5")
    host.press_key(ui.cornerBox, Qt.Key.Key_Return)
    host.dialogs.paths.append(str(tmp_path))
    host.click(ui.folderEdit.findChild(QToolButton))
    host.click(ui.onBox)
    host.choose(ui.sizeBox, "Large one")
    assert (parameters.text, parameters.count, parameters.isOn) == ("typed", 7, True)
    assert parameters.corner.y == 1.5 and parameters.folder == tmp_path
    assert parameters.size is sys.modules["HostSample"].Size.LARGE


def test_what_is_stored_is_shown(host: Host, panel: Any) -> None:
    ui, parameters = panel.ui, panel.parameters
    parameters.text, parameters.ratio, parameters.count = "shown", 0.25, 9
    assert ui.textEdit.property("text") == "shown" and ui.countBox.property("value") == 9
    assert ui.ratioSlider.property("value") == pytest.approx(0.25)
    volume = host.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.inputVolume = volume
    assert ui.volumeSelector.currentNode() is volume
    host.scene.RemoveNode(volume)
    assert ui.volumeSelector.currentNode() is None


def test_disconnected_widgets_are_left_alone(host: Host, panel: Any) -> None:
    import qt

    edit = qt.QLineEdit()
    tag = panel.parameters.connectParametersToGui({"text": edit})
    assert edit.property("text") == "begin"
    panel.parameters.disconnectGui(tag)
    panel.parameters.text = "new"
    edit.setText("typed")
    assert panel.parameters.text == "new"


def test_only_what_a_user_can_reach_is_used(host: Host, panel: Any) -> None:
    panel.ui.applyButton.setEnabled(False)
    with pytest.raises(RuntimeError, match="disabled"):
        host.click(panel.ui.applyButton)
    host.click(panel.ui.settingsButton)
    with pytest.raises(RuntimeError, match="screen"):
        host.type_text(panel.ui.textEdit, "hidden")
    host.click(panel.ui.settingsButton)
    host.type_text(panel.ui.textEdit, "again")
    assert panel.parameters.text == "again"


def test_what_is_hidden_stays_hidden_when_a_section_opens(host: Host, panel: Any) -> None:
    button, edit = panel.ui.settingsButton, panel.ui.textEdit
    edit.setVisible(False)
    open_height = button.property("height")
    button.collapsed = True
    host.process_events()
    assert not panel.ui.countBox.isVisible() and button.property("height") < open_height
    button.collapsed = False
    host.process_events()
    assert panel.ui.countBox.isVisible() and not edit.isVisible()


def test_keys_are_pressed(host: Host, panel: Any) -> None:
    pressed: list[bool] = []
    panel.ui.textEdit.returnPressed.connect(lambda: pressed.append(True))
    host.press_key(panel.ui.textEdit, Qt.Key.Key_Return)
    assert pressed == [True]


def test_a_picture_of_the_panel(host: Host, panel: Any, tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    image = QImage(str(host.screenshot(panel.parent, tmp_path / "panel.png")))
    assert len({image.pixel(QPoint(x, y)) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}) > 8


def test_a_ui_file_with_an_unknown_class_is_refused(host: Host, tmp_path: Path) -> None:
    import slicer

    path = tmp_path / "wrong.ui"
    path.write_text('<ui version="4.0"><class>A</class><widget class="ctkNothing" name="A"/></ui>', encoding="utf-8")
    with pytest.raises(RuntimeError, match="ctkNothing"):
        slicer.util.loadUI(str(path))
