"""SERV-CT (Edwards et al. 2022): 16 rectified stereo pairs of porcine torsos with depth from CT."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.video.image_file import image_size
from EndoDepthTrainingLib.datasets.public.camera_matrices import camera_of_matrix, matrix_of_json
from EndoDepthTrainingLib.datasets.public.decoding import DepthMap, Picture
from EndoDepthTrainingLib.datasets.public.description import (
    DatasetDescription,
    Protocol,
    Split,
    WeightsUse,
    depth_between,
)
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    by_stem,
    checked_folder,
    counterparts,
    files_with,
    index_in,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

MM_PER_COUNT = 1 / 256
FRAMES = 16
LAYOUT = (
    "Experiment_1/Left_rectified/001.png",
    "Experiment_1/Ground_truth_CT/DepthL/001.png (16 bit, mm * 256)",
    "Experiment_1/Rectified_calibration/001.json (P1)",
    "Experiment_2/Ground_truth_RGB/DepthL/009.png",
)
URL = "https://www.ucl.ac.uk/interventional-surgical-sciences/serv-ct"


def read(folder: Path) -> Listing:
    """Left frames with CT depth ("Experiment_1", "Experiment_2"), and those of Experiment_2 again with the depth of the
    structured-light scan ("Experiment_2-RGB"). Raises InputError when the layout is another."""
    inner = checked_folder(folder) / "SERV-CT"
    root = inner if inner.is_dir() else folder
    experiments = [path for path in subfolders(root, "Experiment_*") if (path / "Left_rectified").is_dir()]
    if not experiments:
        raise wrong_layout(folder, "holds no Experiment_*/Left_rectified", LAYOUT, URL)
    missing: list[str] = []
    frames: list[ListedFrame] = []
    for experiment in experiments:
        pictures = by_stem(files_with(experiment / "Left_rectified", (".png",)))
        # Editions before January 2021 call the folders Reference_*.
        references = [*subfolders(experiment, "Ground_truth_*"), *subfolders(experiment, "Reference_*")]
        if not references:
            missing.append(f"'{experiment / 'Ground_truth_CT'}' is missing: no depth")
        for reference in references:
            kind = reference.name.rpartition("_")[2]
            sequence = experiment.name if kind == "CT" else f"{experiment.name}-{kind}"
            frames += _read_reference(experiment, pictures, reference / "DepthL", sequence, missing)
    with_ct = [frame for frame in frames if "-" not in frame.sample.sequence]
    absent = (f"{FRAMES - len(with_ct)} of {FRAMES} frames with CT",) if len(with_ct) < FRAMES else ()
    return Listing(f"{len(experiments)} experiments", tuple(frames), (), tuple(missing), absent)


def _read_reference(
    experiment: Path, pictures: dict[str, Path], depth: Path, sequence: str, missing: list[str]
) -> list[ListedFrame]:
    depths = counterparts(pictures, by_stem(files_with(depth, (".png",))), "depth", missing, depth)
    frames = []
    for place, (stem, path) in enumerate(pictures.items()):
        calibration = experiment / "Rectified_calibration" / f"{stem}.json"
        camera = None
        if calibration.is_file():
            camera = camera_of_matrix(matrix_of_json(calibration, "P1"), image_size(path), calibration)
        else:
            missing.append(f"'{calibration}' is missing: no camera")
        sample = Sample(
            f"{sequence}/{stem}",
            sequence,
            index_in(stem, place),
            Picture(path),
            DepthMap(depths[stem], MM_PER_COUNT) if stem in depths else None,
            camera=camera,
        )
        files = (path, *([depths[stem]] if stem in depths else []), *([calibration] if camera else []))
        frames.append(ListedFrame(sample, files))
    return frames


_CT = (Split("test", ("Experiment_1", "Experiment_2"), frames=FRAMES),)
DATASET = DatasetDescription(
    name="serv-ct",
    title="SERV-CT: a disparity dataset from cone-beam CT for validation of endoscopic 3D reconstruction",
    url=URL,
    licence="as its download page says; for research",
    citation="P. J. Edwards et al., SERV-CT, Medical Image Analysis 76 (2022) 102302, arXiv:2012.11779",
    weights=WeightsUse.RESEARCH,
    truth="depth from CT, camera",
    layout=LAYOUT,
    protocols=(
        Protocol("cap-180", "all 16 left frames against CT, cap 180 mm", _CT, depth_between(1e-3, 180.0)),
        Protocol("cap-200", "all 16 left frames against CT, cap 200 mm", _CT, depth_between(1e-3, 200.0)),
    ),
    read=read,
    is_video=False,
    caveats=("16 frames of two scenes: differences of a few hundredths mean nothing",),
)
