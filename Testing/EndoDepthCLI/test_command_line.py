"""The command line's own manners: help, options, errors, warnings."""

from __future__ import annotations

import argparse
import errno
import os
import time
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path

import pytest
from command_line.process import endodepth

from EndoDepthCLI.command import Command
from EndoDepthCLI.failure import EXIT_CODE_USER_ERROR, describe_failure
from EndoDepthCLI.job.estimate import SizeEstimate, check_frame_limit, surface_step_for
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import size_text
from EndoDepthCLI.main import SUBCOMMAND_MODULES, build_parser, main
from EndoDepthCLI.option_groups import ReconstructionOptions
from EndoDepthCLI.options import degrees_of_view, path, read_options
from EndoDepthLib.errors import PromptError, SettingsError

SUBCOMMANDS = ("reconstruct", "depth", "segment", "synthesize", "evaluate", "models", "demo", "train")


def commands() -> list[Command]:
    from importlib import import_module

    found = [import_module(f"EndoDepthCLI.{name}").COMMAND for name in SUBCOMMAND_MODULES]
    return [each for command in found for each in (command.subcommands or (command,))]


def test_help_names_every_subcommand_at_once() -> None:
    started_s = time.process_time()
    text = build_parser().format_help()
    assert time.process_time() - started_s < 0.3
    assert all(f"  {name}" in text for name in SUBCOMMANDS)


def test_help_and_version_as_a_user_asks_for_them() -> None:
    for arguments in ((), ("--help",), ("reconstruct", "--help"), ("evaluate", "depth", "--help")):
        outcome = endodepth(*arguments)
        assert outcome.exit_code == 0
        assert outcome.stdout.startswith("usage: endodepth")
        assert outcome.stderr == ""
    assert endodepth("--version").stdout.startswith("endodepth ")


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_options_are_frozen_dataclasses_and_every_one_has_a_help(command: Command) -> None:
    assert command.options is not None and command.run is not None
    assert is_dataclass(command.options)
    parser = argparse.ArgumentParser()
    from EndoDepthCLI.options import add_arguments

    add_arguments(parser, command.options)
    assert all(action.help for action in parser._actions)
    with pytest.raises(FrozenInstanceError):
        options = object.__new__(command.options)
        options.anything = None


def test_arguments_become_nested_options(tmp_path: Path) -> None:
    arguments = [
        "reconstruct",
        "a.mp4",
        "--output",
        str(tmp_path),
        "--prompt",
        "liver",
        "--prompt",
        "polyp",
        "--fov",
        "84",
    ]
    options = read_options(ReconstructionOptions, build_parser().parse_args(arguments))
    assert options.reading.input == Path("a.mp4")
    assert options.prompting.prompts == ("liver", "polyp")
    assert options.lens.fov == 84.0
    assert options.reading.every == 1
    assert not options.output.resume


def test_an_abbreviated_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        build_parser().parse_args(["depth", "a.mp4", "--output", "b", "--res"])
    assert stop.value.code == EXIT_CODE_USER_ERROR
    assert capsys.readouterr().err.startswith("endodepth: error: unrecognized arguments: --res")


def test_a_tilde_that_names_no_user_is_part_of_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert path("~no-such-user.mp4") == Path("~no-such-user.mp4")
    assert path("~/a.mp4") == Path.home() / "a.mp4"
    assert main(["depth", "~no-such-user.mp4", "--output", "x"]) == EXIT_CODE_USER_ERROR
    assert "~no-such-user.mp4 does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "180", "-5", "nan", "inf", "wide", ""])
def test_fields_of_view_outside_the_possible_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="degrees, more than 0 and less than 180"):
        degrees_of_view(text)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PromptError("two\nlines"), "two lines"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "disk is full at /x/y"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "permission denied at /x"),
        (MemoryError(), "not enough memory"),
        (ModuleNotFoundError("No module named 'av'", name="av"), "'av' is not installed"),
        (SettingsError("long " * 1000), "..."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_a_user_can_mend_is_one_short_line(error: Exception, words: str) -> None:
    code, line = describe_failure(error)
    assert code == EXIT_CODE_USER_ERROR
    assert words in line
    assert "\n" not in line and len(line) <= 1000


@pytest.mark.skipif(os.name == "nt", reason="closes the reader's end of a pipe as POSIX does")
def test_a_reader_that_went_away_matters_only_before_the_work_is_done(tmp_path: Path, job: list[str | Path]) -> None:
    from subprocess import PIPE, Popen

    from command_line.process import TIMEOUT_S, command, environment

    buffered = {name: value for name, value in environment().items() if name != "PYTHONUNBUFFERED"}

    def run_unread(*arguments: str | Path) -> tuple[int, str]:
        child = Popen(command(*arguments), stdout=PIPE, stderr=PIPE, text=True, env=buffered)
        assert child.stdout is not None and child.stderr is not None
        child.stdout.close()
        return child.wait(TIMEOUT_S), child.stderr.read()

    assert run_unread("--version") == (0, "")
    code, text = run_unread(*job, "--output", tmp_path / "results")
    assert code == EXIT_CODE_USER_ERROR
    assert text.splitlines()[-1].startswith("endodepth: error: the program that reads this one's output ended")
    assert not (tmp_path / "results").exists()


def test_a_warning_is_said_once_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    messages = Messages()
    messages.warn_all(["first", "second", "first"])
    assert messages.warnings == ("first", "second")
    assert capsys.readouterr().err.splitlines() == ["endodepth: warning: first", "endodepth: warning: second"]


def test_too_many_frames_are_refused_with_the_step_that_fits() -> None:
    estimate = SizeEstimate(frames=2500, folder_bytes=10, scene_bytes=10, scene_memory_bytes=40_000_000_000)
    with pytest.raises(SettingsError, match=r"2500 frames .* at most 200 .* 40\.0 GB .* --every 26,"):
        check_frame_limit(estimate, 200, 2)
    check_frame_limit(estimate, 2500, 2)


def test_surfaces_keep_near_their_aim() -> None:
    assert surface_step_for(320, 256) == 1
    assert surface_step_for(1280, 720) == 4
    assert surface_step_for(3840, 2160) == 11


def test_sizes_are_told_as_people_say_them() -> None:
    assert [size_text(n) for n in (12, 3_400, 999_000_000, 12_300_000_000)] == ["12 B", "3.4 kB", "999 MB", "12.3 GB"]


def test_train_names_unknown_recipes_clearly(tmp_path: Path) -> None:
    outcome = endodepth("train", "recipe", "no-such-recipe", "--output", tmp_path / "run")
    assert outcome.exit_code == 2
    assert "no-such-recipe" in outcome.error_lines[0]
    assert not (tmp_path / "run").exists()
