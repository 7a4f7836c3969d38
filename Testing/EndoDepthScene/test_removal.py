from __future__ import annotations

from pathlib import Path
from typing import Any

from sample_case.lettered import camera, make_results, request

from EndoDepthScene import CaseScene, MrmlSession
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.hierarchy import CaseFolder
from EndoDepthScene.removal import remove_case


def _nodes(scene: Any) -> set[str]:
    return {scene.GetNthNode(number).GetID() for number in range(scene.GetNumberOfNodes())}


def test_a_case_goes_whole_and_alone(tmp_path: Path) -> None:
    results = make_results(tmp_path / "results", request(camera()), 2)
    with MrmlSession(tmp_path) as session:
        cases = []
        states = []
        for name in ("kept", "removed"):
            states.append((_nodes(session.scene), set(CaseFolder.items_of(session.scene))))
            cases.append(CaseScene(session.scene, results, name))
            for position in range(2):
                cases[-1].add_frame(position)
            cases[-1].finish()
        remove_case(CaseView.find(cases[1].browser))
        assert (_nodes(session.scene), set(CaseFolder.items_of(session.scene))) == states[1]
        remove_case(CaseView.find(cases[0].browser))
        assert (_nodes(session.scene), set(CaseFolder.items_of(session.scene))) == states[0]
