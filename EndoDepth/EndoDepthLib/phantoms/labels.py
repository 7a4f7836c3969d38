"""Names of what a phantom shows; the position in LABELS is the value in a phantom's label map."""

from __future__ import annotations

LABELS: tuple[str, ...] = (
    "background",
    "colon wall",
    "polyp",
    "sinus mucosa",
    "nasal turbinate",
    "vocal folds",
    "glottis",
    "laryngeal tissue",
    "laryngeal lesion",
    "endotracheal tube",
    "surgical instrument",
    "liver",
    "gallbladder",
    "fat",
    "bowel",
    "abdominal wall",
    "airway wall",
)

SCENES: tuple[str, ...] = ("colon", "airway", "sinus", "larynx", "laparoscopy")


def label_value(name: str) -> int:
    """The label map value of a canonical name. Raises ValueError for a name no phantom has."""
    return LABELS.index(name)
