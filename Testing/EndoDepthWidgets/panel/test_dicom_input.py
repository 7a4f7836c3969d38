"""A DICOM file chosen in the panel: from the recording to a case that stands under its patient and study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer
from host import Host
from panel_driving.driver import Driver
from pydicom.encaps import encapsulate
from sample_case.endoscopy_dicom import H264, mp4_of, write_dicom
from sample_case.lettered import camera, image


def test_a_recording_becomes_a_case_of_its_patient(
    open_panel: Callable[..., Driver], host: Host, tmp_path: Path
) -> None:
    stream = mp4_of([image(camera(), number) for number in range(4)], tmp_path / "stream.mp4")
    driver = open_panel()
    driver.choose_input(write_dicom(tmp_path / "recording.dcm", encapsulate([stream]), H264), "DICOM file")
    assert "Doe" in driver.ui.estimateLabel.text() and "4 frames" in driver.ui.estimateLabel.text()
    driver.run_to_the_end()
    assert "Done: 4 frames" in driver.message, driver.report.log
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(host.scene)
    item = hierarchy.GetItemByDataNode(driver.panel.context.view.browser)
    names = []
    while item != hierarchy.GetSceneItemID():
        item = hierarchy.GetItemParent(item)
        names.append(hierarchy.GetItemName(item))
    assert any("Doe" in name for name in names) and any("Colonoscopy" in name for name in names), names
    assert list(Path(slicer.app.temporaryPath).glob("endodepth-job-*")) == []


def test_another_kind_of_dicom_file_is_refused_at_once(open_panel: Callable[..., Driver], tmp_path: Path) -> None:
    driver = open_panel()
    file = write_dicom(tmp_path / "ct.dcm", bytes(96 * 64 * 3), "1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.2")
    driver.choose_input(file, "DICOM file")
    assert "ct.dcm" in driver.message or "ct.dcm" in driver.ui.estimateLabel.text()
    assert not driver.ui.applyButton.isEnabled()
