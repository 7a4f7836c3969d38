"""The process that computes: loads the network once, then does one case after the other.

Told by lines of JSON on standard input, first {"weights": {...}, "prompts", "place"}, then
{"case": {...}, "folder", "resume"}; answers on standard output by {"event": "ready", "weights_sha256", "unknown"} or
{"event": "refused", "message"}, then {"event": "done"} or {"event": "failed", "problem", "message"} for each case.
problem: "input" (the case cannot be done), "output" (nothing can be written), "conflict" (what an earlier attempt left
does not fit), "memory", "defect". The process ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import warnings
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from EndoDepthCLI.failure import describe_failure
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, PromptOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.telling import StageView, telling_by
from EndoDepthLib.errors import EndoDepthError, OutputError

_ABANDONED = 3


class SilentTeller:
    """Tells nobody anything: warnings stand in each case's report."""

    def prepare(self) -> None:
        """Nothing."""

    def begin(self, stage: str, total: int | None, unit: str) -> StageView:
        """Nothing."""
        return _SilentStage()

    def warn(self, text: str) -> None:
        """Nothing."""

    def frame_ready(self, position: int) -> None:
        """Nothing."""

    def answer(self, value: dict[str, Any]) -> None:
        """Nothing."""

    def finished(self) -> None:
        """Nothing."""

    def failed(self, line: str) -> None:
        """Nothing."""

    def printing(self) -> AbstractContextManager[object]:
        """Standard output is taken away from the job as a whole."""
        return nullcontext()


class _SilentStage:
    def at(self, done: int) -> None:
        pass

    def end(self, done: int, succeeded: bool) -> None:
        pass


def main() -> int:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's business
    warnings.simplefilter("ignore")
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever a library prints is no answer
    told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, told), daemon=True).start()

    def answer(event: str, **values: Any) -> None:
        answers.write(json.dumps({"event": event, **values}).encode("ascii") + b"\n")
        answers.flush()

    from EndoDepthCLI.job.weights import keeping_models

    with telling_by(SilentTeller()), keeping_models():
        setup = told.get()
        weights = WeightOptions(**setup["weights"])
        try:
            answer("ready", **_prepare(weights, setup))
        except Exception as error:
            answer("refused", message=describe_failure(error)[1])
            return 1
        while True:
            order = told.get()
            try:
                _do(order["case"], Path(order["folder"]), order["resume"], weights)
                answer("done")
            except Exception as error:
                answer("failed", problem=_problem(error, order["resume"]), message=describe_failure(error)[1])


def _listen(stream: IO[bytes], told: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in stream:
        told.put(json.loads(line))
    os._exit(_ABANDONED)  # files appear whole or not at all, so nothing has to be put in order


def _prepare(weights: WeightOptions, setup: dict[str, Any]) -> dict[str, Any]:
    """Load the network; which of the prompts of all cases it does not know, and why."""
    from EndoDepthCLI.job.messages import Messages
    from EndoDepthCLI.job.weights import load_model

    _choose_card(setup["place"])
    model = load_model(weights, Messages())
    unknown = {}
    for prompt in setup["prompts"]:
        try:
            model.resolve([prompt])
        except EndoDepthError as error:
            unknown[prompt] = str(error)
    return {"weights_sha256": model.weights.sha256, "unknown": unknown}


def _choose_card(place: int) -> None:
    """Of several graphics cards, the one for this place on the machine."""
    import torch

    if torch.cuda.is_available() and torch.cuda.device_count() > 1:
        torch.cuda.set_device(place % torch.cuda.device_count())


def _do(case: dict[str, Any], folder: Path, resume: bool, weights: WeightOptions) -> None:
    from EndoDepthCLI.job.batch.dicom import as_file

    with as_file(Path(case["input"]), folder) as source:
        reading = ReadingOptions(source, case["start"], case["stop"], case["every"], tuple(case["hide"]))
        camera = None if case["camera"] is None else Path(case["camera"])
        lens = CameraOptions(camera, case["fov"], case["undistort"])
        output = OutputOptions(folder, resume)
        if case["kind"] == "depth":
            from EndoDepthCLI.job.flat_job import FlatTask, write_depth

            write_depth(FlatTask(reading, lens, weights, output))
            return
        from EndoDepthCLI.job.reconstruction_job import reconstruct
        from EndoDepthCLI.option_groups import ReconstructionOptions

        reconstruct(
            ReconstructionOptions(
                reading=reading,
                output=output,
                prompting=PromptOptions(tuple(case["prompts"])),
                lens=lens,
                weights=weights,
                max_frames=case["max_frames"],
                results_only=case["results_only"],
            )
        )


def _problem(error: Exception, resume: bool) -> str:
    if isinstance(error, OutputError):
        # An earlier attempt's files may be of another version of the program or of an input that has changed since.
        is_conflict = resume and ("cannot resume" in str(error) or "not empty" in str(error))
        return "conflict" if is_conflict else "output"
    if isinstance(error, EndoDepthError):
        return "input"
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "memory"
    return "output" if isinstance(error, OSError) else "defect"


if __name__ == "__main__":
    sys.exit(main())
