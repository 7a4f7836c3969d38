"""How good the labels of a set of weights are, on images that did not teach them.

    python Testing/Benchmarks/segmentation_quality.py [--weights default] [--research-weights ID|FILE]
        [--larynx-fold SEQUENCE=FILE ...] [--seeds 12] [--frames 4] [--json FILE]

Protocol: a user knows the procedure. Each unseen phantom is asked for the classes of its own procedure, and labels are
decided among the classes of the procedures asked for and "none of these" (Vocabulary.competitors); so for real images,
asked for the classes their masks show. Weights that name no procedures are asked for every class.

`polyp/validation` with the research weights (the default weights never learn from polyp/); `larynx` one sequence at a
time, each by weights that were taught by the other four (`--larynx-fold patient1_seq1=fold.safetensors`, five times),
in one pooled confusion matrix. Exit code 1 when a limit of the project is missed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import torch
from benchmark_arguments import add_quality_arguments, benchmark_parser
from phantom_clips import PROCEDURE_FROM_SCENE, TAUGHT_SCENES, answers, classes_of
from reference_data import DATA

from EndoDepthLib.evaluation import KNOWN_LAYOUTS, SegmentationEvaluation, find_labels
from EndoDepthLib.evaluation.image_files import read_picture
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.phantoms import LABELS
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area

LEAST_PHANTOM_IOU, LEAST_LARYNX_IOU, LEAST_POLYP_DICE = 0.75, 0.60, 0.80


def on_phantoms(model: EndoDepthModel, seeds: int, frames: int, first_seed: int) -> dict[str, SegmentationEvaluation]:
    """Figures scene by scene, all classes of its procedure asked for at once; "all" pools them."""
    classes = tuple(name for name in LABELS[1:] if name in model.vocabulary.classes)
    value_from_label = np.array([classes.index(name) + 1 if name in classes else 0 for name in LABELS], np.uint8)
    results = {}
    together = SegmentationEvaluation(classes)
    for scene in TAUGHT_SCENES:
        results[scene] = SegmentationEvaluation(classes)
        prompts = classes_of(scene, model.vocabulary)
        value_from_answer = np.array([0, *(classes.index(name) + 1 for name in prompts)], np.uint8)
        for answer in answers(model, scene, seeds, frames, first_seed, prompts):
            assert answer.prediction.labels is not None
            said = value_from_answer[answer.prediction.labels.labels]
            results[scene].add(said, value_from_label[answer.phantom.labels])
        together.matrix.counts += results[scene].matrix.counts
        together.image_dice += results[scene].image_dice
    return {**results, "all": together}


def add_folder(
    evaluation: SegmentationEvaluation, model: EndoDepthModel, folder: Path, names: tuple[str, ...]
) -> SegmentationEvaluation:
    """Predict images/ of a folder, and compare with its masks/; all classes of the same procedure compete."""
    references = find_labels(folder, names)
    pictures = {file.stem: file for file in (folder / "images").iterdir()}
    for file in references.files:
        frame = Frame(read_picture(pictures[file.stem]))
        prediction = model.predict(frame, None, evaluation.classes, find_content_area([frame]), with_scores=False)
        assert prediction.labels is not None
        evaluation.add(prediction.labels.labels, references.read(file, evaluation.classes))
    return evaluation


def on_larynx_folds(folds: dict[str, Path], device: str) -> SegmentationEvaluation:
    """The sequences named, each by its own weights, in one matrix."""
    names = KNOWN_LAYOUTS["larynx"]
    evaluation = SegmentationEvaluation(names[1:])
    for sequence, weights in folds.items():
        add_folder(evaluation, EndoDepthModel.load(weights, device), DATA / "larynx" / sequence, names)
    return evaluation


def main() -> int:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    add_quality_arguments(parser)
    parser.add_argument("--research-weights", help="catalogue identifier or file of weights taught by polyp/train")
    parser.add_argument("--larynx-fold", action="append", default=[], metavar="SEQUENCE=FILE")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = EndoDepthModel.load(arguments.weights, arguments.device)

    if model.vocabulary.procedures:
        procedures = ", ".join(f"{scene} = {PROCEDURE_FROM_SCENE[scene]}" for scene in TAUGHT_SCENES)
        print(f"protocol: each phantom is asked for the classes of its procedure only ({procedures});")
        print("labels are decided among the classes of the procedures asked for and 'none of these'")
    else:
        print("protocol: these weights name no procedures, so every class is asked for and competes everywhere")

    missed: list[str] = []
    results: dict[str, SegmentationEvaluation] = {}

    def report(name: str, evaluation: SegmentationEvaluation, figure: float | None = None, least: float = 0.0) -> None:
        results[name] = evaluation
        print(f"\n{name}\n{evaluation.table()}", flush=True)
        if figure is not None and not figure >= least:
            missed.append(f"{name}: {figure:.3f} < {least}")

    phantoms = on_phantoms(model, arguments.seeds, arguments.frames, arguments.first_seed)
    for scene in TAUGHT_SCENES:
        report(f"phantom: {scene}", phantoms[scene])
    report("unseen phantoms", phantoms["all"], phantoms["all"].mean_iou, LEAST_PHANTOM_IOU)
    if arguments.larynx_fold:
        pairs = (fold.partition("=") for fold in arguments.larynx_fold)
        larynx = on_larynx_folds({sequence: Path(file) for sequence, _, file in pairs}, arguments.device)
        report("larynx, sequences left out in turn", larynx, larynx.mean_iou, LEAST_LARYNX_IOU)
    else:
        print("\nlarynx: skipped; it taught these weights, so it says nothing of them (see --larynx-fold)")
    if arguments.research_weights and (DATA / "polyp" / "validation").is_dir():
        research = EndoDepthModel.load(arguments.research_weights, arguments.device)
        names = KNOWN_LAYOUTS["polyp"]
        polyp = add_folder(SegmentationEvaluation(names[1:]), research, DATA / "polyp" / "validation", names)
        report("polyp/validation", polyp, polyp.mean_dice, LEAST_POLYP_DICE)
    else:
        print("\npolyp/validation: skipped; needs --research-weights and ENDODEPTH_DATA")

    if arguments.json:
        figures = {name: evaluation.to_dict() for name, evaluation in results.items()}
        arguments.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print("\n" + ("\n".join(f"MISSED  {line}" for line in missed) or "all limits met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
