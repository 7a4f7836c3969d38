"""The ctk widgets behave as their headers say."""

from __future__ import annotations

from pathlib import Path

from host import Host


def test_a_slider_keeps_its_value_within_limits(host: Host) -> None:
    import ctk

    slider = ctk.ctkSliderWidget()
    told: list[float] = []
    slider.valueChanged.connect(told.append)
    slider.minimum, slider.maximum, slider.singleStep = -1.0, 1.0, 0.1
    slider.setValue(5.0)
    assert slider.value == 1.0 and told == [1.0]
    slider.maximum = 0.5
    assert slider.value == 0.5 and told == [1.0, 0.5]
    slider.setProperty("value", 0.25)
    assert slider.property("value") == 0.25


def test_a_path_is_browsed_for_and_remembered(host: Host, tmp_path: Path) -> None:
    import ctk

    edit = ctk.ctkPathLineEdit()
    edit.settingKey = "videos"
    told: list[str] = []
    edit.currentPathChanged.connect(told.append)
    edit.browse()
    assert told == []
    host.dialogs.paths.append("/some/video.mp4")
    edit.browse()
    assert edit.currentPath == "/some/video.mp4" and told == ["/some/video.mp4"]
    edit.addCurrentPathToHistory()
    other = ctk.ctkPathLineEdit()
    other.settingKey = "videos"
    assert other.focusProxy().findText("/some/video.mp4") == 0 and other.currentPath == ""


def test_filters_of_a_ui_file_choose_the_dialog(host: Host) -> None:
    import ctk

    edit = ctk.ctkPathLineEdit()
    edit.setProperty("filters", "ctkPathLineEdit::Dirs|ctkPathLineEdit::Writable")
    assert edit.filters == ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Writable


def test_a_message_box_that_is_not_to_come_again(host: Host) -> None:
    import ctk
    import qt

    for _ in range(2):
        box = ctk.ctkMessageBox()
        box.setText("Sure?")
        box.setStandardButtons(qt.QMessageBox.Yes | qt.QMessageBox.No)
        box.dontShowAgainSettingsKey = "Sample/DontAsk"
        box.checkBox().setChecked(True)
        assert box.exec() == qt.QMessageBox.Yes
    assert [message.text for message in host.messages] == ["Sure?"]


def test_a_picked_color_is_told(host: Host) -> None:
    import ctk
    import qt

    button = ctk.ctkColorPickerButton()
    told: list[str] = []
    button.colorChanged.connect(lambda color: told.append(color.name()))
    button.setColor(qt.QColor("#ff0000"))
    button.setColor(qt.QColor("#ff0000"))
    assert told == ["#ff0000"] and button.color == qt.QColor("#ff0000")
