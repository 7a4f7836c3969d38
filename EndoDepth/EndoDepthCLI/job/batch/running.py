"""The whole of `endodepth batch`: check, take part until every case has ended, and say what came of them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from uuid import uuid4

from EndoDepthCLI.batch import BatchOptions
from EndoDepthCLI.job.batch.claims import Claims, Standing, create_alone
from EndoDepthCLI.job.batch.layout import BatchFolder
from EndoDepthCLI.job.batch.manifest import Case, check_inputs, read_manifest
from EndoDepthCLI.job.batch.summary import summarise, write_summary
from EndoDepthCLI.job.batch.supervision import Supervisor
from EndoDepthCLI.job.output import check_output
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthLib.errors import InputError, OutputError, SettingsError
from EndoDepthLib.results.atomic import make_folder

_SCHEMA, _VERSION = "endodepth-batch", 1
_WAIT_FOR_TEXT_S, _LOOK_EVERY_S = 10.0, 0.05


def run_batch(options: BatchOptions) -> str:
    """Do every case that is not done; a sentence about them. The table is in summary.csv.

    Raises InputError when cases failed, and an EndoDepthError, before anything is written, for a manifest, weights or
    folder that cannot be used.
    """
    cases = read_manifest(options)
    folder = BatchFolder(options.output)
    claims = Claims(folder.state, uuid4().hex[:16])
    is_begun = _is_begun(folder)
    if not is_begun:
        check_inputs(options.manifest, cases)
    try:
        if not (is_begun and folder.state.is_dir() and _all_ended(options, cases, claims)):
            _take_part(options, cases, folder, claims)
        summary = summarise(cases, claims, claims.standings())
        write_summary(folder.folder, summary, claims.owner)
        folder.tidy({case.name for case in cases}, claims.standings())
    except OSError as error:
        raise OutputError(
            f"the output folder '{options.output}' cannot be used any more ({error.strerror or error}): a lost share "
            "or a full disk? Mend it and give the same command again; what is done stays done"
        ) from error
    done, failed = summary.count("done"), summary.count("failed")
    if failed:
        raise InputError(
            f"{failed} of {len(cases)} cases failed, {done} are done; {summary.describe_failures()}; all in "
            f"'{folder.folder / 'summary.csv'}', and --retry-failed tries them again"
        )
    return f"{done} of {len(cases)} cases done; table: {folder.folder / 'summary.csv'}"


def _take_part(options: BatchOptions, cases: list[Case], folder: BatchFolder, claims: Claims) -> None:
    """Work until every case has ended, here or elsewhere."""
    with _ended_by_sigterm(), Supervisor(options, cases, folder, claims) as supervisor:
        weights_sha256 = supervisor.start()
        _begin(folder, {"weights_sha256": weights_sha256, "takeover_after_s": options.takeover_after})
        _all_ended(options, cases, claims)
        supervisor.work()


def _is_begun(folder: BatchFolder) -> bool:
    """Whether a batch is in the folder; OutputError when it cannot be begun there either."""
    try:
        check_output(OutputOptions(folder.folder), can_resume=False)
    except OutputError:
        if not folder.description.is_file():
            raise
        check_output(OutputOptions(folder.folder, resume=True))
        return True
    return False


def _begin(folder: BatchFolder, settings: dict[str, Any]) -> None:
    """Describe the batch where nobody has; raise SettingsError when it was begun otherwise."""
    make_folder(folder.folder)
    values = {"schema": _SCHEMA, "version": _VERSION, **settings}
    try:
        # First of all: a folder that is not empty is a batch, also for those who come at the same moment.
        begun = values if create_alone(folder.description, json.dumps(values) + "\n") else _read_soon(folder)
    except OSError as error:
        raise OutputError(f"'{folder.description}' cannot be used ({error.strerror or error})") from error
    for name, value in values.items():
        if begun.get(name) != value:
            raise SettingsError(
                f"the batch in '{folder.folder}' was begun with {name} = {begun.get(name)!r}, now {value!r}; give the "
                "same options, or choose a new folder"
            )
    for each in (folder.state, folder.work, folder.cases):
        make_folder(each)


def _read_soon(folder: BatchFolder) -> dict[str, Any]:
    """What describes the batch; whoever made the file may be about to write into it."""
    deadline_s = time.monotonic() + _WAIT_FOR_TEXT_S
    while True:
        text = folder.description.read_text(encoding="utf-8", errors="replace")
        try:
            value = json.loads(text)
        except ValueError:
            if time.monotonic() < deadline_s:
                time.sleep(_LOOK_EVERY_S)
                continue
            raise OutputError(
                f"'{folder.description}' is damaged; remove it when no other program works there, and give the same "
                "command again"
            ) from None
        return value if isinstance(value, dict) else {}


def _all_ended(options: BatchOptions, cases: list[Case], claims: Claims) -> bool:
    """Whether nothing is left to do. Forgets failures that are to be tried again.

    Raises InputError for what was done with other settings.
    """
    standings, ended = claims.standings(), 0
    for case in cases:
        name, standing = case.name, standings.get(case.name, Standing())
        if standing.end == "done" and standing.digest != case.digest:
            raise InputError(
                f"{options.manifest}, row {case.row}: '{name}' is done already, with other settings; give the row "
                "another name, or choose a new output folder"
            )
        if standing.end == "failed" and (options.retry_failed or standing.digest != case.digest):
            claims.end_file(name, "failed", standing.digest).unlink(missing_ok=True)
            continue
        ended += standing.end is not None
    return ended == len(cases)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """What Slurm and torchrun send to end a program ends it as Ctrl-C does: in order."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
