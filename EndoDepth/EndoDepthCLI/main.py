"""Entry point of `endodepth`: reads the arguments, runs one subcommand, turns errors into one clear line."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

from EndoDepthCLI.command import Command
from EndoDepthCLI.failure import EXIT_CODE_INTERRUPTED, EXIT_CODE_OK, EXIT_CODE_USER_ERROR, describe_failure
from EndoDepthCLI.options import add_arguments, read_options
from EndoDepthCLI.owner import serve_owner
from EndoDepthCLI.telling import Teller, current_teller, telling_by
from EndoDepthCLI.telling.choice import HELP, WAYS, choose_teller

SUBCOMMAND_MODULES = (
    "reconstruct",
    "depth",
    "segment",
    "frames",
    "inspect",
    "prompts",
    "devices",
    "runtimes",
    "benchmark",
    "export",
    "synthesize",
    "evaluate",
    "models",
    "demo",
    "dataset",
    "labels",
    "train",
    "adapt",
    "track",
    "calibrate",
    "fuse",
    "scale",
    "batch",
    "serve",
    "register",
)


def _wide_help(prog: str) -> argparse.HelpFormatter:
    return argparse.HelpFormatter(prog, max_help_position=28)


class _OneLineParser(argparse.ArgumentParser):
    """A parser whose complaint is one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        one_line = " ".join(message.split())
        self.exit(EXIT_CODE_USER_ERROR, f"endodepth: error: {one_line} (see '{self.prog} --help')\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all subcommands; imports nothing heavier than the standard library."""
    parser = _OneLineParser(
        prog="endodepth",
        description="Depth, named structures and a 3D Slicer scene from endoscopy video.",
        formatter_class=_wide_help,
        epilog="Depth from one camera is known up to scale only: nothing written is in millimetres unless it says so.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error came from")
    choices = parser.add_subparsers(title="subcommands", metavar="COMMAND", dest="command")
    for name in SUBCOMMAND_MODULES:
        _add_command(choices, import_module(f"EndoDepthCLI.{name}").COMMAND)
    return parser


def _add_command(choices: argparse._SubParsersAction[_OneLineParser], command: Command) -> None:
    parser = choices.add_parser(
        command.name,
        help=command.summary,
        description=command.summary[0].upper() + command.summary[1:] + ".",
        allow_abbrev=False,
        formatter_class=_wide_help,
    )
    if command.subcommands:
        inner = parser.add_subparsers(metavar="COMMAND", required=True)
        for each in command.subcommands:
            _add_command(inner, each)
        return
    parser.set_defaults(chosen=command)
    # After the subcommand too; SUPPRESS keeps a value given before it.
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if command.options is not None:
        add_arguments(parser, command.options)
    parser.add_argument("--progress", choices=WAYS, default="auto", help=HELP)


def main(arguments: Sequence[str] | None = None, teller: Teller | None = None) -> int:
    """Run `endodepth` with these arguments (default: the process's own); returns the exit code.

    teller: who tells progress and end; by default the one that `--progress` names.
    0 done, 2 the user can mend it (one line says how), 130 interrupted, 1 a defect of the program.
    """
    namespace = argparse.Namespace()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show is no defect
    try:
        build_parser().parse_args(arguments, namespace)
        teller = teller or choose_teller(getattr(namespace, "progress", "auto"))
        with telling_by(teller):
            _run(namespace)
        teller.finished()
        _flush()
    except KeyboardInterrupt:
        advice = "; what is finished stays, --resume continues" if "resume" in namespace else ""
        if "chosen" in namespace and namespace.chosen.goes_on:
            advice = "; what is finished stays, the same command goes on"
        print(f"endodepth: interrupted{advice}", file=sys.stderr)
        return EXIT_CODE_INTERRUPTED
    except Exception as error:
        if getattr(namespace, "debug", False):
            traceback.print_exc()
        exit_code, line = describe_failure(error)
        with suppress(OSError):  # stderr may be what broke
            (teller or current_teller()).failed(line)
        if isinstance(error, BrokenPipeError):
            _discard_output()
        return exit_code
    return EXIT_CODE_OK


def _flush() -> None:
    """Send out what the finished command said; whether anybody still reads it does not matter any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # as in `endodepth models | head -1`
        _discard_output()


def _discard_output() -> None:
    """Send what is left for stdout nowhere, since the interpreter would complain of it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(namespace: argparse.Namespace) -> None:
    if namespace.version:
        from EndoDepthCLI.versions import program_version

        print(f"endodepth {program_version()}")
        return
    if namespace.command is None:
        build_parser().print_help()
        return
    if not namespace.debug:
        # Other libraries' chatter would hide our own lines.
        warnings.simplefilter("ignore")
        os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
    serve_owner()
    command: Command = namespace.chosen
    assert command.options is not None and command.run is not None
    command.run(read_options(command.options, namespace))
