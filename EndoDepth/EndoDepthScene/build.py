"""From a results folder to scene.mrb, outside Slicer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.results.atomic import PARTIAL_PREFIX, atomic_path, write_error
from EndoDepthScene.case import CaseScene
from EndoDepthScene.display import show_frame_in_slice
from EndoDepthScene.estimate import scene_bytes
from EndoDepthScene.kinds import DEPTH, FRAME
from EndoDepthScene.session import MrmlSession


def build_scene(
    results: ResultsFolder,
    mrb_path: Path,
    progress: Callable[[float], None] | None = None,
    chosen_position: int | None = None,
) -> None:
    """Write the scene of these results to `mrb_path`; progress is called with 0..1.

    The surface at `chosen_position` (by default that of the most confident frame) becomes a model of its own.
    The bundle is written aside and renamed. Raises InputError when there are no frames or they are damaged,
    OutputError when the disk cannot take the scene.
    """
    if len(results) == 0:
        raise InputError(f"'{results.folder}' holds no finished frame yet; continue the job with --resume")
    if chosen_position is not None and not 0 <= chosen_position < len(results):
        raise InputError(
            f"chosen frame is {chosen_position}; expected 0 to {len(results) - 1}, counted among kept frames"
        )
    report = progress or (lambda fraction: None)
    mrb_path = Path(mrb_path)
    # The bundle's inner folder takes the name of the file, so the file is written aside under its own name.
    aside = mrb_path.parent / f"{PARTIAL_PREFIX}{mrb_path.stem}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
    except OSError as error:
        raise write_error(aside, error) from error
    try:
        _check_space(results, aside)
        with MrmlSession(aside) as session:
            case = CaseScene(session.scene, results)
            for position in range(len(results)):
                case.add_frame(position)
                report(0.5 * (position + 1) / len(results))
            case.finish(chosen_position)
            show_frame_in_slice(session.slice_logic("Red"), case.proxy(FRAME), case.proxy(DEPTH))
            _name_files(case)
            if not session.write(aside / mrb_path.name):
                raise OutputError(f"scene '{mrb_path}' cannot be written; check free space and rights of its folder")
        with atomic_path(mrb_path) as renamed:
            (aside / mrb_path.name).replace(renamed)
        report(1.0)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check_space(results: ResultsFolder, folder: Path) -> None:
    # MRML writes all files and then packs them, so that they lie there twice; a full disk halfway helps nobody.
    surface = results.surface(0)
    vertices = 0 if surface is None else len(surface.vertices)
    needed = 2 * scene_bytes(len(results), results.content.size, int(results.content.sum()), vertices)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutputError(
            f"no space for the scene in '{folder.parent}': {free / 1e6:.0f} MB free, "
            f"about {needed / 1e6:.0f} MB needed; "
            "free some space, then use --resume"
        )


def _name_files(case: CaseScene) -> None:
    # Files named by MRML after the long node names would get a random ending: no two builds would be alike.
    names = {case.sequences[kind].GetID(): kind.lower() for kind in case.kinds}
    names |= {case.proxy(kind).GetID(): f"{kind.lower()}-shown" for kind in case.kinds}
    for node in case.nodes:
        if node.IsA("vtkMRMLStorableNode"):
            node.AddDefaultStorageNode()
            storage = node.GetStorageNode()
            if storage is not None:
                name = names.get(node.GetID(), "surface-chosen")
                storage.SetFileName(f"{name}.{storage.GetDefaultWriteFileExtension()}")
