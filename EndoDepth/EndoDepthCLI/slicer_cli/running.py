"""The module as a process: describes itself, or runs the job of the console command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from EndoDepthCLI.failure import describe_failure
from EndoDepthCLI.main import main
from EndoDepthCLI.slicer_cli.arguments import console_arguments
from EndoDepthCLI.slicer_cli.description import describe
from EndoDepthCLI.slicer_cli.tags import TagTeller


def run_module(arguments: Sequence[str]) -> int:
    """Run with the arguments that Slicer passes (`--xml`: print the description); returns the exit code.

    0 done; else one line on stderr says what is wrong: 2 the user can mend it, 1 a defect.
    """
    if list(arguments) == ["--xml"]:
        sys.stdout.write(describe())
        return 0
    try:
        told = console_arguments(arguments)
    except Exception as error:
        exit_code, line = describe_failure(error)
        TagTeller().failed(line)
        return exit_code
    return main(told, teller=TagTeller())
