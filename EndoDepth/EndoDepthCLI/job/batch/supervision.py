"""Hands cases to the processes that compute, and judges how they end."""

from __future__ import annotations

import os
import socket
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from EndoDepthCLI.batch import BatchOptions
from EndoDepthCLI.job.batch.claims import Claims, Standing
from EndoDepthCLI.job.batch.layout import BatchFolder
from EndoDepthCLI.job.batch.liveness import OwnClock, Watch
from EndoDepthCLI.job.batch.manifest import Case
from EndoDepthCLI.job.batch.places import starting_share
from EndoDepthCLI.job.batch.seat import Attempt, Seat
from EndoDepthCLI.job.progress import Progress
from EndoDepthLib.errors import InputError, OutputError

_POLL_S = 0.05
_BEATS_IN_PATIENCE = 10
_SHORTEST_LOOK_S, _LONGEST_LOOK_S = 0.2, 10.0


class Supervisor:
    """Takes part in a batch: claims cases, has them computed, records how they ended, until all of them have ended.

    It alone writes about the cases it has, so that a process that computes may die, hang or grow at any moment.
    """

    def __init__(self, options: BatchOptions, cases: Sequence[Case], folder: BatchFolder, claims: Claims) -> None:
        self._options, self._folder, self._claims = options, folder, claims
        first = int(starting_share() * len(cases))
        self._cases = {case.name: case for case in (*cases[first:], *cases[:first])}
        self._clock = OwnClock()
        self._watch = Watch(self._clock, options.takeover_after)
        prompts = sorted({prompt for case in cases for prompt in case.prompts})
        self._seats = [Seat(options, number, prompts, self._clock) for number in range(options.workers)]
        self._free: deque[tuple[str, Standing]] = deque()
        self._ended: set[str] = set()
        self._looked_s = self._beaten_s = float("-inf")

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for seat in self._seats:
            attempt = seat.leave()
            if attempt is not None:
                with suppress(OSError):  # a lost share is no reason to hide why we end
                    self._claims.release(attempt.claim, attempt.record)

    def start(self) -> str:
        """Start the processes; SHA-256 of the weights. Raises InputError for an unknown prompt, or SettingsError."""
        for seat in self._seats:
            seat.start()
        while not all(seat.is_ready for seat in self._seats):
            time.sleep(_POLL_S)
            self._clock.tick()
            for seat in self._seats:
                seat.look()
        seat = self._seats[0]
        for case in self._cases.values():
            for prompt in case.prompts:
                if prompt in seat.unknown_prompts:
                    raise InputError(f"{self._options.manifest}, row {case.row}: {seat.unknown_prompts[prompt]}")
        return seat.weights_sha256

    def work(self) -> None:
        """Until every case has ended, here or elsewhere. Raises OutputError when nothing can be written any more."""
        with Progress("cases", len(self._cases), "case") as progress:
            told = 0
            while True:
                self._clock.tick()
                self._beat()
                for seat in self._seats:
                    outcome = seat.look()
                    if outcome is not None:
                        self._judge(*outcome)
                    if seat.is_idle:
                        self._give(seat)
                progress.step(len(self._ended) - told)
                told = len(self._ended)
                if told == len(self._cases):
                    return
                time.sleep(_POLL_S)

    def _beat(self) -> None:
        if self._clock.now_s - self._beaten_s < self._options.takeover_after / _BEATS_IN_PATIENCE:
            return
        self._beaten_s = self._clock.now_s
        for seat in self._seats:
            if seat.attempt is None:
                continue
            try:
                if not self._claims.is_lost(seat.attempt.claim):
                    self._claims.beat(seat.attempt.claim)
                    continue
            except FileNotFoundError:
                if not self._folder.description.is_file():
                    raise
            seat.abandon()  # we were away for so long that somebody took the case over

    def _give(self, seat: Seat) -> None:
        """Have the seat do the next case that nobody does."""
        every_s = min(max(self._options.takeover_after / _BEATS_IN_PATIENCE, _SHORTEST_LOOK_S), _LONGEST_LOOK_S)
        if not self._free and self._clock.now_s - self._looked_s >= every_s:
            self._look_around()
        while self._free:
            name, standing = self._free.popleft()
            attempt = self._claim(self._cases[name], standing)
            if attempt is not None:
                seat.take(attempt, self._folder.unfinished(attempt.claim))
                return

    def _look_around(self) -> None:
        self._looked_s = self._clock.now_s
        standings = self._claims.standings()
        mine = {seat.attempt.claim.name for seat in self._seats if seat.attempt is not None}
        self._ended = {name for name in self._cases if standings.get(name, Standing()).end is not None}
        for name in self._cases:
            standing = standings.get(name, Standing())
            if name in self._ended or name in mine:
                continue
            sign = (standing.generation, standing.changed_ns)
            if standing.generation == 0 or standing.is_released or self._watch.is_still(name, sign):
                self._free.append((name, standing))

    def _claim(self, case: Case, standing: Standing) -> Attempt | None:
        """The right to work on a case, or None when there is nothing to be done."""
        record = self._first_record(case)
        claim = self._claims.make(case.name, standing.generation + 1, record)
        if claim is None:
            return None
        if any(self._claims.end_file(case.name, end, case.digest).exists() for end in ("done", "failed")):
            self._claims.withdraw(claim)
            return None
        before = self._claims.read(case.name, standing.generation) if standing.generation else {}
        for name in ("attempts", "stuck", "files", "problems"):
            record[name] = before.get(name, record[name])
        try:
            attempt = Attempt(case, claim, record, resumes=self._folder.take_over(claim))
        except PermissionError:  # Windows moves no folder in which somebody has a file open: he is not dead
            self._claims.withdraw(claim)
            return None
        if self._folder.case(case.name).exists():  # whoever finished it could not say so any more
            self._finish(attempt)
            return None
        if standing.generation and not standing.is_released:
            self._count(attempt, "its worker vanished")
            if self._is_hopeless(attempt):
                return None
        record["attempts"] += 1
        record["files"] = self._folder.files(claim)
        self._claims.rewrite(claim, record)
        return attempt

    def _first_record(self, case: Case) -> dict[str, Any]:
        return {
            "owner": self._claims.owner,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "row": case.row,
            "attempts": 0,
            "stuck": 0,
            "files": 0,
            "problems": [],
        }

    def _judge(self, attempt: Attempt, problem: str | None, message: str) -> None:
        """What follows from how an attempt ended; problem: None when it did its work."""
        if problem is None:
            self._finish(attempt)
        elif self._claims.is_lost(attempt.claim):
            return  # somebody took the case over while we were away, and its folder with it
        elif problem == "output":
            self._claims.release(attempt.claim, attempt.record)
            raise OutputError(message)
        elif problem == "input":
            self._check_share(attempt)
            self._fail(attempt, message)
        else:
            if problem == "conflict":
                self._folder.discard(attempt.claim)
            self._count(attempt, message)
            if not self._is_hopeless(attempt):
                self._claims.release(attempt.claim, attempt.record)

    def _count(self, attempt: Attempt, message: str) -> None:
        """Note that an attempt came to nothing; one that got further than those before begins the count anew."""
        files = self._folder.files(attempt.claim)
        attempt.record["stuck"] = 1 if files > attempt.record["files"] else attempt.record["stuck"] + 1
        attempt.record["problems"] = [*attempt.record["problems"], message][-self._options.attempts :]

    def _is_hopeless(self, attempt: Attempt) -> bool:
        if attempt.record["stuck"] < self._options.attempts:
            return False
        self._fail(attempt, f"given up after {attempt.record['attempts']} attempts: {attempt.record['problems'][-1]}")
        return True

    def _check_share(self, attempt: Attempt) -> None:
        """An input that is gone together with the folder that it was in says nothing about the case."""
        source = attempt.case_input
        if not source.exists() and not source.parent.exists():
            self._claims.release(attempt.claim, attempt.record)
            raise InputError(
                f"the folder '{source.parent}' of the input of row {attempt.case.row} is gone: a lost share? Mend it "
                "and give the same command again; what is done stays done"
            )

    def _fail(self, attempt: Attempt, message: str) -> None:
        self._folder.discard(attempt.claim)
        self._end(attempt, "failed", {"message": message})

    def _finish(self, attempt: Attempt) -> None:
        self._folder.finish(attempt.claim)
        if self._folder.case(attempt.case.name).exists():
            self._end(attempt, "done", self._folder.findings(attempt.case.name))

    def _end(self, attempt: Attempt, end: str, values: dict[str, Any]) -> None:
        worker = f"{attempt.record['host']}:{attempt.record['pid']}"
        record = {
            "attempts": attempt.record["attempts"],
            "seconds": round(attempt.elapsed_s, 2),
            "worker": worker,
        } | values
        if "message" in record:  # the folder of the input, which may name a patient, is kept nowhere
            record["message"] = record["message"].replace(f"{attempt.case_input.parent}{os.sep}", "")
        self._claims.end(attempt.claim, end, attempt.case.digest, record)
        self._ended.add(attempt.case.name)
