"""How well a seen surface is brought to an organ in CT, over three organ shapes with known truth.

Each trial: a part of 15 to 40 % of an organ (lobed like a liver, smooth and nearly symmetric, tubular), with errors of
predicted depth (a slow bend of 2 % of a working distance of 60 mm, waves of 1.2 %, grain of 0.8 %, 8 % in blobs 8 to
25 mm off), any pose, a scale of 0.3 to 3, four landmarks of 4 mm noise (root mean square length; see --landmark-noise).
Error: the median over 30 targets inside the organ, 10 to 40 mm below the surface. Beside it: landmarks alone, and the
similarity ICP of VTK from the same start, as SlicerIGT ModelRegistration runs it (100 iterations). Every trial is kept
in --output: a run that was ended early goes on there.

    python Testing/Benchmarks/registration.py --output runs/registration
    python Testing/Benchmarks/registration.py --output runs/registration --trials 24 --without-landmarks 9
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from benchmark_arguments import benchmark_parser

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.anatomy.poly_data import to_poly_data
from EndoDepthLib.errors import RegistrationError
from EndoDepthLib.geometry import Similarity
from EndoDepthLib.registration import register_surface
from EndoDepthLib.registration.registration_file import similarity_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what the tests share

from organ_shapes.seen_part import Trial, make_trial  # noqa: E402
from organ_shapes.shapes import SHAPES, organ_mesh  # noqa: E402

SUCCESS_MM = 10.0
_VTK_ITERATIONS = 100


@dataclass(frozen=True)
class Outcome:
    """One trial; errors in mm, nan where nothing was found. ambiguous: said so, or refused."""

    seed: int
    shape: str
    landmarks: bool
    share: float
    error: float
    of_landmarks: float
    of_vtk: float
    bound: float
    ambiguous: bool


def run_trial(seed: int, organ: OrganSurface, with_landmarks: bool, noise_mm: float) -> Outcome:
    """One trial of this organ."""
    trial = make_trial(organ, seed, landmark_noise_mm=noise_mm)
    start = trial.landmarks.fit()
    start_error = _median(trial, start)
    vtk_error = _median(trial, vtk_similarity_icp(trial, organ, start)) if with_landmarks else float("nan")
    try:
        found = register_surface(trial.seen, organ, trial.landmarks if with_landmarks else None)
    except RegistrationError:
        nothing = float("nan")
        return Outcome(seed, organ.name, with_landmarks, trial.share, nothing, start_error, vtk_error, nothing, True)
    bound = float(np.median(found.target_error_mm(trial.targets_ct)[1]))
    error = _median(trial, found.ct_from_surface)
    return Outcome(seed, organ.name, with_landmarks, trial.share, error, start_error, vtk_error, bound, found.ambiguous)


def vtk_similarity_icp(trial: Trial, organ: OrganSurface, start: Similarity) -> Similarity:
    """What vtkIterativeClosestPointTransform makes of the surface from the landmarks' start."""
    from vtkmodules.vtkCommonDataModel import vtkIterativeClosestPointTransform

    icp = vtkIterativeClosestPointTransform()
    icp.SetSource(to_poly_data(start.apply(trial.seen.vertices), trial.seen.triangles))
    icp.SetTarget(to_poly_data(organ.vertices, organ.triangles))
    icp.GetLandmarkTransform().SetModeToSimilarity()
    icp.SetMaximumNumberOfIterations(_VTK_ITERATIONS)
    icp.Update()
    matrix = icp.GetMatrix()
    moved = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    return similarity_of(moved @ start.matrix())


def _median(trial: Trial, similarity: Similarity) -> float:
    return float(np.median(trial.target_errors_mm(similarity)))


def report(outcomes: list[Outcome]) -> str:
    """The figures beside their targets."""
    lines = []
    for landmarks in (True, False):
        chosen = [each for each in outcomes if each.landmarks is landmarks]
        if not chosen:
            continue
        lines.append(f"{'with' if landmarks else 'without'} landmarks, {len(chosen)} trials")
        for name in ("all", *SHAPES):
            of_shape = [each for each in chosen if name in ("all", each.shape)]
            if of_shape:
                lines.append(f"  {name:8s} {_figures(of_shape, landmarks)}")
    return "\n".join(lines)


def _figures(outcomes: list[Outcome], landmarks: bool) -> str:
    error, bound = (np.array([getattr(each, name) for each in outcomes]) for name in ("error", "bound"))
    success = error < SUCCESS_MM
    text = f"median {np.nanmedian(error):.2f} mm, worst {np.nanmax(error):.1f} mm, success {100 * success.mean():.0f} %"
    if landmarks:
        alone, vtk = (np.median([getattr(each, name) for each in outcomes]) for name in ("of_landmarks", "of_vtk"))
        text += f"; landmarks alone {alone:.2f}, VTK ICP {vtk:.2f} (ratio {np.nanmedian(error) / vtk:.2f})"
        holds, width = 100 * np.mean(error <= bound), np.nanmedian(bound / error)
        return text + f"; 90 % bound holds in {holds:.0f} %, {width:.2f} times the error"
    flagged = np.array([each.ambiguous for each in outcomes])
    text += f"; said to be ambiguous: {100 * flagged.mean():.0f} % of all, {int(flagged[~success].sum())} of the "
    return text + f"{int((~success).sum())} that failed"


def main() -> None:
    """Run what is missing, print the figures."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder of the trials")
    parser.add_argument("--trials", type=int, default=100, help="with landmarks (default %(default)s)")
    parser.add_argument("--without-landmarks", type=int, default=30, help="(default %(default)s)")
    parser.add_argument("--first-seed", type=int, default=2000, help="1000.. calibrated the bound")
    parser.add_argument("--landmark-noise", type=float, default=4.0, help="mm (default %(default)s)")
    parser.add_argument("--detail", type=int, default=4, help="of the organs' meshes (default %(default)s)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / f"trials-noise{arguments.landmark_noise:g}-detail{arguments.detail}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    done = {(each.seed, each.landmarks): each for each in (Outcome(**json.loads(line)) for line in lines)}
    organs = [OrganSurface(*organ_mesh(shape, arguments.detail), name=shape) for shape in SHAPES]
    wanted = [(arguments.first_seed + number, True) for number in range(arguments.trials)]
    wanted += [(arguments.first_seed + number, False) for number in range(arguments.without_landmarks)]
    for seed, landmarks in wanted:
        if (seed, landmarks) not in done:
            outcome = run_trial(seed, organs[seed % len(organs)], landmarks, arguments.landmark_noise)
            done[seed, landmarks] = outcome
            with file.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(asdict(outcome)) + "\n")
            print(outcome, flush=True)
    print(report([done[each] for each in wanted]))


if __name__ == "__main__":
    main()
