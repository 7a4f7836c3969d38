"""A sheet of real frames with depth and structures beside them, to be looked at.

    python Testing/Benchmarks/real_frame_overlays.py --output overlays.png [--weights default] [--prompt NAME ...]

Four frames each of laparoscopy.mp4, larynx/ and polyp/validation under ENDODEPTH_DATA, each with the structures that
can be in it, unless prompts are given.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from benchmark_arguments import add_weights, benchmark_parser
from reference_data import DATA

from EndoDepthCLI.pictures.depth_colors import DepthColors
from EndoDepthCLI.pictures.legend import LegendEntry, legend_strip
from EndoDepthCLI.pictures.panels import BACKGROUND, panel_row
from EndoDepthLib.evaluation.image_files import read_picture
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video, find_content_area

LAPAROSCOPY_FRAMES = (10, 70, 130, 190)
PROMPTS = {
    "laparoscopy": ("liver", "gallbladder", "fat", "bowel", "abdominal wall", "surgical instrument"),
    "larynx": (
        "vocal folds",
        "glottis",
        "laryngeal tissue",
        "laryngeal lesion",
        "endotracheal tube",
        "surgical instrument",
    ),
    "polyp": ("polyp", "colon wall"),
}
PANEL_WIDTH = 300
COLUMNS = 2
GAP_PX = 20
DEPTH_COLORS = DepthColors(25.0, 100.0)  # half to twice the nominal median, the same for every frame


def frames_of(kind: str) -> list[Frame]:
    """Four frames of one of the data sets."""
    if kind == "laparoscopy":
        with Video.open(DATA / "laparoscopy.mp4") as video:
            return [video.read(index) for index in LAPAROSCOPY_FRAMES]
    if kind == "larynx":
        folders = sorted((DATA / "larynx").glob("*_seq*"))
        files = [sorted((folder / "images").iterdir())[20] for folder in folders[:1] + folders[2:]]
    else:
        files = sorted((DATA / "polyp" / "validation" / "images").iterdir())[::30]
    return [Frame(read_picture(file), index) for index, file in enumerate(files[:4])]


def rows_of(model: EndoDepthModel, kind: str, prompts: tuple[str, ...]) -> tuple[list[np.ndarray], np.ndarray]:
    """The panel row of each frame, and the legend of the structures."""
    resolved = model.resolve(prompts)
    colors = [model.vocabulary.colors[prompt.class_index] for prompt in resolved]
    rows = []
    for frame in frames_of(kind):
        prediction = model.predict(frame, None, resolved, find_content_area([frame]), with_scores=False)
        depth = prediction.depth.nominal()
        rows.append(panel_row(frame, depth, prediction.labels, DEPTH_COLORS, colors, PANEL_WIDTH))
    entries = [
        LegendEntry(prompt.name, color, model.vocabulary.taught_by[prompt.class_index] == "phantoms only")
        for prompt, color in zip(resolved, colors, strict=True)
    ]
    width = COLUMNS * (max(row.shape[1] for row in rows) + GAP_PX)
    return rows, legend_strip(DEPTH_COLORS, False, entries, width)


def sheet(parts: list[tuple[list[np.ndarray], np.ndarray]]) -> np.ndarray:
    """All rows, COLUMNS beside each other, each kind over its legend."""
    blocks = []
    for rows, legend in parts:
        height, width = max(row.shape[0] for row in rows), legend.shape[1] // COLUMNS
        padded = [
            np.pad(
                row, ((0, height + 6 - row.shape[0]), (0, width - row.shape[1]), (0, 0)), constant_values=BACKGROUND[0]
            )
            for row in rows
        ]
        lines = [np.hstack(padded[i : i + COLUMNS]) for i in range(0, len(padded) // COLUMNS * COLUMNS, COLUMNS)]
        blocks += [*lines, legend]
    width = max(block.shape[1] for block in blocks)
    return np.vstack(
        [np.pad(b, ((0, 0), (0, width - b.shape[1]), (0, 0)), constant_values=BACKGROUND[0]) for b in blocks]
    )


def main() -> int:
    """Make the sheet."""
    parser = benchmark_parser(__doc__)
    add_weights(parser)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--prompt", action="append", default=[], help="instead of the prompts of each data set")
    arguments = parser.parse_args()
    model = EndoDepthModel.load(arguments.weights)
    known = {
        kind: tuple(arguments.prompt) or tuple(name for name in names if model.vocabulary.index_of(name) is not None)
        for kind, names in PROMPTS.items()
    }
    parts = [rows_of(model, kind, prompts) for kind, prompts in known.items()]
    arguments.output.write_bytes(encode_image(sheet(parts)))
    print(f"wrote {arguments.output}: {sum(len(rows) for rows, _ in parts)} frames")
    return 0


if __name__ == "__main__":
    sys.exit(main())
