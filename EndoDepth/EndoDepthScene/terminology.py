"""Coded names of segments: SNOMED CT where a code fits the class, else a private code of this project.

The codes are in Resources/EndoDepth.term.json, a terminology that Slicer reads too; EndoDepth.term.md beside it names
where each was looked up.
A class may be narrower than its code: "colon wall" carries "Colon", "abdominal wall" what is seen of it, "Peritoneum".
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

TERMINOLOGY_FILE = Path(__file__).parent / "Resources" / "EndoDepth.term.json"
CONTEXT_NAME = "Segmentation category and type - EndoDepth"
PRIVATE_SCHEME = "99ENDODEPTH"
_NO_MODIFIER_NO_REGION = "^^~~^^~^^"
_ANATOMICAL_STRUCTURE = "SCT^123037004^Anatomical Structure"


def terminology_entry(class_name: str) -> str:
    """The text of a segment's terminology tag for a class: context~category~type~modifier~region~region modifier."""
    category_and_type = _entries().get(class_name)
    if category_and_type is None:
        code = f"{PRIVATE_SCHEME}^{class_name.replace(' ', '-')}^{class_name}".replace("~", "-")
        category_and_type = f"{_ANATOMICAL_STRUCTURE}~{code}"
    return f"{CONTEXT_NAME}~{category_and_type}~{_NO_MODIFIER_NO_REGION}"


def register_terminology(logic: Any) -> None:
    """Make a vtkSlicerTerminologiesModuleLogic know these codes, so that Slicer's lists offer them; once is enough."""
    if not logic.IsTerminologyContextLoaded(CONTEXT_NAME):
        logic.LoadTerminologyFromFile(str(TERMINOLOGY_FILE))


@lru_cache(maxsize=1)
def _entries() -> dict[str, str]:
    content = json.loads(TERMINOLOGY_FILE.read_text(encoding="utf-8"))
    return {
        kind["3dSlicerLabel"]: f"{_code(category)}~{_code(kind)}"
        for category in content["SegmentationCodes"]["Category"]
        for kind in category["Type"]
    }


def _code(entry: dict[str, str]) -> str:
    return f"{entry['CodingSchemeDesignator']}^{entry['CodeValue']}^{entry['CodeMeaning']}"
