"""How good the depth of a set of weights is, beside the trivial baselines.

    python Testing/Benchmarks/depth_quality.py [--weights default] [--seeds 12] [--frames 4] [--json FILE]

Unseen phantoms scene by scene (the kind left out of training apart), then `simcol` and `heart_phantom` under
ENDODEPTH_DATA when they are there. Exit code 1 when a limit of the project is missed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from benchmark_arguments import add_quality_arguments, benchmark_parser
from phantom_clips import LEFT_OUT_SCENE, TAUGHT_SCENES, answers
from reference_data import DATA

from EndoDepthLib.evaluation import DepthEvaluation, DepthProtocol, DepthReference, find_depth_references
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area

MOST_ABS_REL = {"unseen phantoms": 0.07, f"left-out scene ({LEFT_OUT_SCENE})": 0.12, "simcol": 0.11}
LEAST_DELTA_1 = {"simcol": 0.88}
LEAST_FALL = {"unseen phantoms": 0.20}
"""By which fraction AbsRel falls when the least certain 20 % of all pixels are removed; the scale stays that of all."""


def on_phantoms(model: EndoDepthModel, scene: str, seeds: int, frames: int, first_seed: int) -> DepthEvaluation:
    """Figures of one kind of phantom."""
    evaluation = DepthEvaluation(DepthProtocol(), "mm")
    for answer in answers(model, scene, seeds, frames, first_seed):
        truth = DepthReference(answer.name, answer.phantom.depth.astype(np.float64), answer.phantom.image)
        evaluation.add(truth, answer.prediction.depth.depth, answer.prediction.depth.confidence)
    return evaluation


def on_references(model: EndoDepthModel, folder: Path) -> DepthEvaluation:
    """Figures of a folder of real or synthetic images with known depth; each image is predicted by itself."""
    references = find_depth_references(folder)
    evaluation = DepthEvaluation(DepthProtocol(max_depth=references.max_depth), references.unit)
    for name in references.names:
        reference = references.load(name)
        if reference.image is None:
            raise SystemExit(f"{folder} brings no pictures")
        frame = Frame(reference.image)
        predicted = model.predict(frame, content_mask=find_content_area([frame])).depth
        evaluation.add(reference, predicted.depth, predicted.confidence)
    return evaluation


def pooled(parts: dict[str, DepthEvaluation]) -> DepthEvaluation:
    """The images of several evaluations as one."""
    together = DepthEvaluation(DepthProtocol(), "mm")
    for part in parts.values():
        together.merge(part)
    return together


def missed_limits(results: dict[str, DepthEvaluation]) -> list[str]:
    """One line for each limit that is missed."""
    means = {name: evaluation.means() for name, evaluation in results.items()}
    missed = [
        f"{name}: AbsRel {means[name]['prediction'].abs_rel:.3f} > {limit}"
        for name, limit in MOST_ABS_REL.items()
        if name in means and not means[name]["prediction"].abs_rel <= limit
    ]
    missed += [
        f"{name}: d<1.25 {means[name]['prediction'].delta_1:.3f} < {limit}"
        for name, limit in LEAST_DELTA_1.items()
        if name in means and not means[name]["prediction"].delta_1 >= limit
    ]
    missed += [
        f"{name}: without the least certain 20 % AbsRel falls by {fall:.3f} < {limit}"
        for name, limit in LEAST_FALL.items()
        if name in results and not (fall := results[name].sparsification.pooled.fall()) >= limit
    ]
    heart = means.get("heart_phantom")
    if heart and not heart["prediction"].abs_rel < heart["constant depth"].abs_rel:
        missed.append(f"heart_phantom: AbsRel {heart['prediction'].abs_rel:.3f} is not below the constant's")
    return missed


def main() -> int:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    add_quality_arguments(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = EndoDepthModel.load(arguments.weights, arguments.device)

    taught: dict[str, DepthEvaluation] = {}
    results: dict[str, DepthEvaluation] = {}

    def report(name: str, evaluation: DepthEvaluation) -> None:
        results[name] = evaluation
        print(f"\n{name}\n{evaluation.table()}", flush=True)

    for scene in TAUGHT_SCENES:
        taught[scene] = on_phantoms(model, scene, arguments.seeds, arguments.frames, arguments.first_seed)
        report(f"phantom: {scene}", taught[scene])
    report("unseen phantoms", pooled(taught))
    left_out = on_phantoms(model, LEFT_OUT_SCENE, arguments.seeds, arguments.frames, arguments.first_seed)
    report(f"left-out scene ({LEFT_OUT_SCENE})", left_out)
    for name in ("simcol", "heart_phantom"):
        if (DATA / name).is_dir():
            report(name, on_references(model, DATA / name))
        else:
            print(f"\n{name}: skipped, {DATA / name} is not there (set ENDODEPTH_DATA)")

    if arguments.json:
        figures = {name: evaluation.to_dict() for name, evaluation in results.items()}
        arguments.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    missed = missed_limits(results)
    print("\n" + ("\n".join(f"MISSED  {line}" for line in missed) or "all limits met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
