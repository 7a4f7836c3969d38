"""Two jobs of two controllers at once, as a sample that loads while the panel reconstructs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from host import Host, start_host
from panel_driving.told_processes import copying, program
from sample_case.lettered import camera, make_results, request

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.hierarchy import CaseFolder

WAIT_AND_FAIL = """
while not pathlib.Path(value_of("--output"), "enough").exists():
    time.sleep(0.05)
sys.exit(3)
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with start_host(tmp_path / "slicer") as running:
        yield running


def _names(host: Host) -> list[str]:
    return [str(host.scene.GetNthNode(number).GetName()) for number in range(host.scene.GetNumberOfNodes())]


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_the_end_of_one_leaves_the_case_of_the_other(host: Host, tmp_path: Path, end: str) -> None:
    from EndoDepthWidgets.job.controller import JobController
    from EndoDepthWidgets.job.job import Job, JobState
    from EndoDepthWidgets.job.receivers import CaseReceiver

    results = make_results(tmp_path / "results", request(camera()), 3).folder
    controllers = {}
    before = sorted(_names(host))
    for name, last in (("ended", WAIT_AND_FAIL), ("kept", 'tell("finished")')):
        output = tmp_path / name
        controllers[name] = JobController(host.scene, program(copying(results, last)), lambda: None)
        controllers[name].start(
            Job(
                name,
                ("--output", str(output)),
                lambda output=output, name=name: CaseReceiver(host.scene, output, name),  # type: ignore[misc]
            )
        )
    assert host.wait_until(lambda: not controllers["kept"].is_busy, 60)
    assert host.wait_until(lambda: controllers["ended"]._added == 3, 60)
    assert controllers["kept"].report.state is JobState.DONE, controllers["kept"].report.message
    assert {"ended browser", "kept browser"} <= set(_names(host))
    if end == "cancelled":
        controllers["ended"].cancel()
    else:
        (tmp_path / "ended" / "enough").touch()
        assert host.wait_until(lambda: controllers["ended"].report.state is JobState.FAILED, 30)
    kept = CaseView.find(controllers["kept"].report.result)
    assert len(kept) == 3 and all(node.GetScene() is host.scene for node in kept.nodes)
    hierarchy = host.scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    assert [hierarchy.GetItemName(item) for item in CaseFolder.items_of(host.scene)].count("kept") == 1
    added = _names(host)
    for name in before:
        added.remove(name)
    assert not any("ended" in name for name in added) and any("kept depth" in name for name in added)
    for controller in controllers.values():
        controller.close()
