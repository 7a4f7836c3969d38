"""The catalogue, its schema, its files, and putting new weights into it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference import catalogue as module
from EndoDepthLib.inference import load_catalogue
from EndoDepthLib.inference.catalogue import CATALOGUE_FILE, Use
from EndoDepthLib.inference.registration import card_text, flat_figures, register_weights
from EndoDepthLib.inference.weights import load_weights
from EndoDepthLib.prompts import load_vocabulary


@pytest.fixture
def a_copy(tmp_path: Path) -> Path:
    return Path(shutil.copy(CATALOGUE_FILE, tmp_path))


def test_the_shipped_entries() -> None:
    catalogue = load_catalogue()
    default, research = catalogue.entry("default"), catalogue.entry("endodepth-research-v0")
    assert default.id == "endodepth-default-v0" and default.use is Use.DEFAULT and not default.consent
    assert research.use is Use.RESEARCH and "research use only" in research.consent
    assert "kvasir-seg" not in {data.id for data in default.data_sets}  # may not train what everybody may use
    assert "kvasir-seg" in next(taught for taught in research.classes if taught.name == "polyp").taught_by
    for entry in catalogue.entries:
        assert all(data.licence and data.attribution for data in entry.data_sets)


def test_classes_agree_with_the_vocabulary() -> None:
    vocabulary = load_vocabulary()
    entry = load_catalogue().entry("default")
    assert tuple(taught.name for taught in entry.classes) == vocabulary.classes
    said = [teacher == "phantoms only" for teacher in vocabulary.taught_by]
    assert [taught.phantoms_only for taught in entry.classes] == said


def test_shipped_files_are_what_the_catalogue_says() -> None:
    catalogue = load_catalogue()
    for entry in catalogue.entries:
        if entry.weights.sha256 is not None:
            content = catalogue.path(entry).read_bytes()
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (entry.weights.sha256, entry.weights.bytes)
            assert (catalogue.folder / entry.model_card).is_file()


def test_schema_and_dataclasses_say_the_same() -> None:
    schema = json.loads(CATALOGUE_FILE.with_name("catalogue.schema.json").read_text(encoding="utf-8"))
    kinds = {"file": "WeightFile", "entry": "CatalogueEntry", "class": "TaughtClass", "data_set": "DataSet"}
    assert set(schema["$defs"]) == set(kinds)
    for name, kind in kinds.items():
        expected = {field.name for field in fields(getattr(module, kind))}
        assert set(schema["$defs"][name]["required"]) == set(schema["$defs"][name]["properties"]) == expected
    largest = schema["$defs"]["file"]["properties"]["bytes"]["maximum"]
    assert largest == module.LARGEST_FILE_BYTES


def _edit(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.pop("default"),
        lambda c: c.update(default="other"),
        lambda c: c.update(default="endodepth-research-v0"),
        lambda c: c.update(schema_version=2),
        lambda c: c["entries"][0].pop("licence"),
        lambda c: c["entries"][0].update(colour="red"),
        lambda c: c["entries"][0].update(use="any"),
        lambda c: c["entries"][1].update(consent=""),
        lambda c: c["entries"][0]["classes"][0].update(taught_by=["nobody"]),
        lambda c: c["entries"][0]["weights"].update(sha256="abc", bytes=3),
        lambda c: c["entries"][0]["weights"].update(sha256="0" * 64, bytes=31 * 2**20),
        lambda c: c["entries"][0]["weights"].update(sha256="0" * 64, bytes=None),
        lambda c: c["entries"][0]["weights"].update(file="../elsewhere.safetensors"),
        lambda c: c["entries"].append(c["entries"][0]),
    ],
)
def test_a_damaged_catalogue_is_refused(a_copy: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises(WeightsError, match="catalogue"):
        load_catalogue(_edit(a_copy, change))


def test_no_catalogue(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        load_catalogue(tmp_path / "catalogue.json")
    (tmp_path / "catalogue.json").write_text("{", encoding="utf-8")
    with pytest.raises(WeightsError, match="damaged"):
        load_catalogue(tmp_path / "catalogue.json")


def test_registered_weights_load_by_their_name(a_copy: Path, a_weight_file: Path) -> None:
    entry = register_weights("endodepth-default-v0", a_weight_file, {"phantoms AbsRel": 0.5}, "# A card", a_copy)
    catalogue = load_catalogue(a_copy)
    assert entry == catalogue.entry("default") and entry.figures == {"phantoms AbsRel": 0.5}
    loaded = load_weights("default", catalogue)
    assert loaded.id == "endodepth-default-v0" and loaded.sha256 == entry.weights.sha256
    assert loaded.vocabulary.text_tower_sha256 == load_vocabulary().text_tower_sha256
    card = (a_copy.parent / entry.model_card).read_text(encoding="utf-8")
    assert card.startswith("# A card") and entry.weights.sha256 in card
    assert not list(a_copy.parent.rglob("*part*"))
    assert [taught.name for taught in entry.classes if taught.phantoms_only] == [
        name
        for name, teacher in zip(loaded.vocabulary.classes, loaded.vocabulary.taught_by, strict=True)
        if teacher == "phantoms only"
    ]


def test_figures_of_a_benchmark_become_one_level_of_numbers() -> None:
    measured = {"simcol": {"mean": {"prediction": {"abs_rel": 0.1}}, "unit": "cm", "ok": float("nan")}, "n": 3}
    assert flat_figures(measured) == {"simcol / mean / prediction / abs_rel": 0.1, "n": 3.0}


def test_figures_of_single_images_stay_out_of_the_catalogue_but_their_number_does_not() -> None:
    measured = {"depth": {"images": {"a": {"abs_rel": 0.1}}, "mean": {"abs_rel": 0.1}}, "masks": {"images": 48}}
    assert flat_figures(measured) == {"depth / mean / abs_rel": 0.1, "masks / images": 48.0}
    assert not [name for entry in load_catalogue().entries for name in entry.figures if " / images / " in name]


def test_a_card_is_stamped_anew(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text("# A card\n\nFile `old`, 3 bytes, SHA-256 `00`.\n", encoding="utf-8")
    assert card_text(tmp_path / "card.md").strip() == "# A card"


def test_an_altered_file_of_the_catalogue_is_refused(a_copy: Path, a_weight_file: Path) -> None:
    register_weights("endodepth-default-v0", a_weight_file, {}, "# A card", a_copy)
    catalogue = load_catalogue(a_copy)
    path = catalogue.path(catalogue.entry("default"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(WeightsError, match="cut or altered"):
        load_weights("default", catalogue)
    path.unlink()
    with pytest.raises(WeightsError, match="no weights at"):
        load_weights("default", catalogue)


def test_weights_that_are_not_made_yet(a_copy: Path) -> None:
    change = {"sha256": None, "bytes": None}
    _edit(a_copy, lambda c: c["entries"][0]["weights"].update(change))
    with pytest.raises(WeightsError, match="not part of this release"):
        load_weights("default", load_catalogue(a_copy))


def test_other_classes_cannot_be_registered(a_copy: Path, a_weight_file: Path) -> None:
    _edit(a_copy, lambda c: c["entries"][0]["classes"].pop())
    with pytest.raises(WeightsError, match="were taught"):
        register_weights("endodepth-default-v0", a_weight_file, {}, "# A card", a_copy)
