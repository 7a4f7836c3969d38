"""The job's process: our command line, run as a child."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from EndoDepthLib.errors import OutputError, SettingsError
from EndoDepthWidgets.process.events import read_event
from EndoDepthWidgets.process.executable import child_environment, cli_command
from EndoDepthWidgets.process.failure import describe_end
from EndoDepthWidgets.process.log import Log
from EndoDepthWidgets.process.output_file import OutputFile
from EndoDepthWidgets.process.process_tree import end_remains, end_tree, interrupt_tree, start_tree
from EndoDepthWidgets.process.protocol import Failed, Finished, JobEvent, Logged, Progress, Warned

_TOO_MUCH_BYTES = 1 << 28
_NOISE_KEPT = 1000
_LINES_OF_THE_END = 100


class ChildProcess:
    """A JobProcess that runs `endodepth` in a child process of its own process group.

    Made by `start`. What the child says is kept in a temporary folder until it has ended. Everything is done by `poll`,
    without threads: poll it from a timer until `running` is False, or `kill` it.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, stdout: OutputFile, stderr: OutputFile) -> None:
        self._process = process
        self._folder = folder
        self._stdout, self._stderr = stdout, stderr
        self._log = Log()
        self._stage = ""
        self._noise: list[str] = []
        self._said_error: str | None = None
        self._said_finished = False
        self._running = True

    @classmethod
    def start(cls, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> ChildProcess:
        """Run `endodepth` with these arguments (and `--progress json`, unless they say otherwise).

        environment: instead of this process's own. Raises SettingsError when it cannot be started, OutputError when
        the temporary folder cannot be written to.
        """
        told = [] if "--progress" in arguments else ["--progress", "json"]
        return cls.start_command(cli_command([*arguments, *told]), environment)

    @classmethod
    def start_command(cls, command: Sequence[str], environment: Mapping[str, str] | None = None) -> ChildProcess:
        """Run any command that tells its progress as `endodepth` does. Raises as `start`."""
        try:
            folder = Path(tempfile.mkdtemp(prefix="endodepth-job-"))
            stdout, stderr = OutputFile(folder / "stdout"), OutputFile(folder / "stderr")
        except OSError as error:
            raise OutputError(
                f"the temporary folder '{tempfile.gettempdir()}' takes no files ({error.strerror or error}); "
                "free some space there, or choose another one in Slicer's settings"
            ) from error
        try:
            with stdout.open_for_child() as out, stderr.open_for_child() as err:
                process = start_tree(command, child_environment(environment), out, err)
        except OSError as error:
            stdout.close()
            stderr.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise SettingsError(
                f"'{command[0]}' cannot be started ({error.strerror or error}); expected a Python interpreter: "
                "install it again"
            ) from error
        return cls(process, folder, stdout, stderr)

    @property
    def running(self) -> bool:
        """Whether the process works still; False once Finished or Failed was polled, and after `kill`."""
        return self._running

    @property
    def log(self) -> str:
        """Everything the process said so far; a very long log lacks its middle."""
        return self._log.text

    @property
    def pid(self) -> int:
        """The number of the process, which is that of its process group too."""
        return self._process.pid

    def poll(self) -> list[JobEvent]:
        """What happened since the last call, in order; never waits. The last event of all is Finished or Failed."""
        if not self._running:
            return []
        exit_code = self._process.poll()  # before reading: what it wrote until now is there to be read
        out_lines, more_out = self._stdout.read_lines()
        err_lines, more_err = self._stderr.read_lines()
        if exit_code is not None and not (more_out or more_err):
            out_lines, err_lines = out_lines + self._stdout.rest(), err_lines + self._stderr.rest()
        events = self._heard(out_lines, err_lines)
        if self._stdout.bytes_read + self._stderr.bytes_read > _TOO_MUCH_BYTES:
            self.kill()
            return [*events, Failed(self._of_garbage(), self._log.tail)]
        if exit_code is not None and not (more_out or more_err):
            events.append(self._end(exit_code))
        return events

    def interrupt(self) -> bool:
        """Ask the process to end when it has saved its work, and go on polling; False when it cannot be asked."""
        return self._running and interrupt_tree(self._process)

    def kill(self) -> None:
        """End the process and all that it started, within 2 s; nothing of them is left. May be called again."""
        if self._running:
            end_tree(self._process)
            self._close()

    def _heard(self, out_lines: list[str], err_lines: list[str]) -> list[JobEvent]:
        events: list[JobEvent] = []
        for line in out_lines:
            event = read_event(line)
            if isinstance(event, Failed):
                self._said_error = event.message
                self._log.add(f"error: {event.message}")
            elif isinstance(event, Finished):
                self._said_finished = True
            else:
                if isinstance(event, Logged) and event.text == line:
                    self._noise = [*self._noise[-_NOISE_KEPT:], line]
                events.append(event)
                self._write_log(event)
        for line in err_lines:
            events.append(Logged(line))
            self._log.add(line)
        return events

    def _write_log(self, event: JobEvent) -> None:
        match event:
            case Logged(text):
                self._log.add(text)
            case Warned(text):
                self._log.add(f"warning: {text}")
            case Progress(stage, _, total, _) if stage != self._stage:
                self._stage = stage
                self._log.add(f"stage: {stage}" + ("" if total is None else f" ({total})"))

    def _end(self, exit_code: int) -> Finished | Failed:
        end_remains(self._process)
        self._close()
        if self._said_finished:  # a driver that crashes while the interpreter is taken down spoils no results
            return Finished()
        message = describe_end(exit_code, self._said_error, self._log.lines[-_LINES_OF_THE_END:], self._noise)
        return Failed(message, self._log.tail)

    def _of_garbage(self) -> str:
        return (
            f"The job was ended: it printed more than {_TOO_MUCH_BYTES // 1_000_000} MB that mean nothing to this "
            "program; install EndoDepth again"
        )

    def _close(self) -> None:
        self._running = False
        self._stdout.close()
        self._stderr.close()
        shutil.rmtree(self._folder, ignore_errors=True)
