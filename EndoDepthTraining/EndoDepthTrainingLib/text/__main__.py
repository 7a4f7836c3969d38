"""python -m EndoDepthTrainingLib.text --output DIR [--withhold FILE] [--steps N] [--install]."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import logging
import shutil
from pathlib import Path

from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.prompts.shipped import text_tower_path
from EndoDepthTrainingLib.text.distillation import DistillationSettings
from EndoDepthTrainingLib.text.recipe import read_withheld, train_text_tower


def main() -> None:
    """Train the text tower; --install puts it into the package and its sha256 into the shipped vocabulary."""
    parser = argparse.ArgumentParser(prog="python -m EndoDepthTrainingLib.text", description=main.__doc__)
    parser.add_argument("--output", type=Path, required=True, help="folder for the tower, its card and the run's state")
    parser.add_argument("--withhold", type=Path, help="texts never to train on, such as the independent test's file")
    parser.add_argument("--steps", type=int, default=DistillationSettings.steps)
    parser.add_argument("--install", action="store_true", help="make the result the shipped tower")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    withheld = read_withheld(arguments.withhold) if arguments.withhold else ()
    settings = dataclasses.replace(DistillationSettings(), steps=arguments.steps)
    path, calibration = train_text_tower(arguments.output, load_vocabulary(), withheld, settings)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f"{path} sha256 {digest}\n{calibration}")
    if arguments.install:
        install(path, digest)


def install(path: Path, digest: str) -> None:
    """Copy the tower into EndoDepthLib/Resources and name its sha256 in vocabulary.json."""
    target = text_tower_path()
    shutil.copyfile(path, target)
    vocabulary_path = target.parent / "vocabulary.json"
    lines = vocabulary_path.read_text(encoding="utf-8").splitlines()
    place = next(i for i, line in enumerate(lines) if '"text_tower_sha256"' in line)
    lines[place] = f'  "text_tower_sha256": {json.dumps(digest)},'
    vocabulary_path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
