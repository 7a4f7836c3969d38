"""The XML is what the options say, and what Slicer's parser takes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from architecture.source_tree import ROOT

from EndoDepthCLI.option_groups import ReconstructionOptions
from EndoDepthCLI.options import add_arguments
from EndoDepthCLI.slicer_cli.description import describe
from EndoDepthCLI.slicer_cli.parameters import FIXED_FLAGS, parameter_groups

from .cli_rules import violations

FOLDER = ROOT / "EndoDepth" / "EndoDepthReconstruct"
XML = FOLDER / "EndoDepthReconstruct.xml"
SCRIPT = FOLDER / "EndoDepthReconstruct.py"


def test_the_file_is_what_the_options_say() -> None:
    advice = f"run: python {SCRIPT.relative_to(ROOT)} --xml > {XML.relative_to(ROOT)}"
    assert XML.read_text(encoding="utf-8") == describe(), advice


def test_the_script_prints_its_description() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--xml"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, describe(), "")


def test_slicers_parser_takes_it() -> None:
    assert list(violations(ElementTree.parse(XML).getroot())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("executable>", "executables>"),
        ("<longflag>max_frames<", "<longflag>max-frames<"),
        ("<name>start<", "<name>stop<"),
        ("<default>auto<", "<default>best<"),
        ("<default>200<", "<default><"),
        ("<channel>input</channel>", ""),
        ('<file fileExtensions=".json">', '<file type=".json">'),
        ("<longflag>every</longflag>", ""),
        ("<longflag>every</longflag>", "<longflag>every</longflag><index>0</index>"),
        ("license>", "licence>"),
        ("integer>", "number>"),
        ("<default>false<", "<default>False<"),
    ],
)
def test_a_broken_rule_is_seen(old: str, new: str) -> None:
    text = describe()
    assert old in text
    assert list(violations(ElementTree.fromstring(text.replace(old, new))))


def test_every_option_of_the_console_command_is_a_parameter() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser, ReconstructionOptions)
    flags = {action.option_strings[0] if action.option_strings else None for action in parser._actions}
    shown = {parameter.flag for group in parameter_groups() for parameter in group.parameters}
    assert shown | set(FIXED_FLAGS) == flags
    assert not shown & set(FIXED_FLAGS)


def test_slicer_finds_the_script(tmp_path: Path) -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env python-real"
    assert "NAME EndoDepthReconstruct" in (FOLDER / "CMakeLists.txt").read_text(encoding="utf-8")
