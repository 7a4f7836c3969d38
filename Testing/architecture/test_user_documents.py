"""What the documents for users say is on the panel is there, and what they quote is said by the program.

**Bold** words are labels of the panel, “quoted” ones messages; Slicer's own menus are *slanted*.
"""

from __future__ import annotations

import ast
import html
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from architecture.source_tree import ROOT, python_files

DOCUMENTS = ("tutorial.md", "troubleshooting.md", "safety.md", "training-your-own.md")
ABOUT_BOLD = {"Bold"}  # "**Bold** words are ..."
ABOUT_QUOTES = {"quoted"}


def _text(document: str) -> str:
    text = (ROOT / "Resources" / "docs" / document).read_text(encoding="utf-8")
    return re.sub(r"\n\s*", " ", text)  # a phrase may go over a line's end


def _said_in_python(path: Path) -> list[str]:
    """Every string of a file; the parts of an f-string that stand beside each other are one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


@pytest.fixture(scope="module")
def said() -> list[str]:
    modules = (ROOT / "EndoDepth", ROOT / "EndoDepthTraining")
    texts = [text for module in modules for path in python_files(module) for text in _said_in_python(path)]
    for path in (path for module in modules for path in module.rglob("*.ui")):
        texts += [html.unescape(each.text or "") for each in ElementTree.parse(path).iter("string")]
    return texts


@pytest.mark.parametrize("document", DOCUMENTS)
def test_bold_words_are_on_the_panel(document: str, said: list[str]) -> None:
    labels = set(re.findall(r"\*\*([^*]+)\*\*", _text(document))) - ABOUT_BOLD
    assert labels
    assert sorted(labels - set(said)) == []


def test_quoted_messages_are_the_programs(said: list[str]) -> None:
    quotes = {quote for document in DOCUMENTS for quote in re.findall("“([^”]+)”", _text(document))} - ABOUT_QUOTES
    assert len(quotes) > 10
    assert sorted(quote for quote in quotes if not any(quote in text for text in said)) == []


def test_every_trouble_has_problem_explanation_and_solution() -> None:
    text = (ROOT / "Resources" / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    entries = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 10
    for entry in entries:
        assert re.findall(r"^- \*(\w+):\*", entry, flags=re.MULTILINE) == ["Problem", "Explanation", "Solution"], entry


def test_packages_to_remove_are_those_that_were_installed() -> None:
    (named,) = re.findall(r'pip_uninstall\("([^"]+)"\)', _text("safety.md"))
    (requirements,) = (ROOT / "EndoDepth").rglob("requirements.txt")
    lines = requirements.read_text(encoding="utf-8").splitlines()
    installed = {re.split(r"[<>=!~ ]", line)[0] for line in lines if line.strip() and not line.startswith("#")}
    assert set(named.split()) == installed
