"""Live: the newest picture of a volume that is being updated goes to `endodepth serve`, its answers into the scene."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthLib.openigtlink import StatusCode
from EndoDepthScene.live_link import LiveLink
from EndoDepthScene.live_nodes import LiveNodes, modified_event, picture_of
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, set_quietly, write
from EndoDepthWidgets.process.protocol import Failed, Finished, JobProcess, Logged

_POLL_MS = 20
_LISTENING = re.compile(r"listening on 127\.0\.0\.1:(\d+) ")


class LiveSection:
    """Starting and stopping. Stopped, nothing is left: no process, no connection, no observer, no node.

    arguments gives what the command line is told of model, structures and camera; it may write into the folder.
    is_ready makes sure that what computing needs is installed.
    """

    def __init__(
        self, context: PanelContext, arguments: Callable[[Path], list[str]], is_ready: Callable[..., bool]
    ) -> None:
        self._context, self._arguments, self._is_ready = context, arguments, is_ready
        self._process: JobProcess | None = None
        self._link: LiveLink | None = None
        self._nodes: LiveNodes | None = None
        self._source: Any = None
        self._tag: int | None = None
        self._folder: Path | None = None
        self._is_new = False
        self._said: tuple[str, Tone] | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._poll)
        context.ui.liveButton.toggled.connect(self._on_live)

    @property
    def is_running(self) -> bool:
        """Whether pictures are answered, or will be once the model is loaded."""
        return self._process is not None

    def refresh(self) -> None:
        """Show whether it runs, and what there is to say."""
        ui = self._context.ui
        ui.liveButton.setText(_("Stop") if self.is_running else _("Live"))
        set_quietly(ui.liveButton, "checked", self.is_running)
        ui.liveVolumeSelector.setEnabled(not self.is_running)
        write(ui.liveNoteLabel, *(self._said or ("", Tone.HINT)))

    def close(self) -> None:
        """Stop; the panel goes, or the scene is closed."""
        self._stop()
        self._said = None

    def _on_live(self, *_checked: Any) -> None:
        if self.is_running:
            self._stop(_("Stopped."), Tone.HINT)
        elif self._context.ui.liveButton.property("checked"):
            with slicer.util.tryWithErrorDisplay(_("EndoDepth could not start."), waitCursor=False):
                self._start(self._context.ui.liveVolumeSelector.currentNode())
        self.refresh()

    def _start(self, source: Any) -> None:
        if source is None:
            self._said = (_("Choose the volume whose pictures are to be answered."), Tone.ERROR)
            return
        try:
            picture_of(source)
            if not self._is_ready(only=None):
                self._said = (_("Nothing was installed, so nothing was started."), Tone.WARNING)
                return
            self._folder = Path(tempfile.mkdtemp(prefix="endodepth-live-", dir=slicer.app.temporaryPath))
            arguments = ["serve", "--port", "0", *self._arguments(self._folder)]
            self._process = self._context.start_process(arguments)
        except (EndoDepthError, OSError) as error:
            self._stop(sentence(error), Tone.ERROR)
            return
        self._source, self._is_new = source, True
        self._nodes = LiveNodes(self._context.scene, source)
        self._tag = source.AddObserver(modified_event(), self._on_picture)
        self._said = (_("Loading the model …"), Tone.HINT)
        self._timer.start()

    def _stop(self, text: str = "", tone: Tone = Tone.HINT) -> None:
        self._timer.stop()
        if self._link is not None:
            self._link.close()
        if self._process is not None:
            self._process.kill()
        if self._tag is not None:
            self._source.RemoveObserver(self._tag)
        if self._nodes is not None:
            self._nodes.remove()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._link = self._nodes = self._source = self._tag = self._folder = None
        self._said = (text, tone)

    def _on_picture(self, _caller: Any, _event: Any) -> None:
        self._is_new = True

    def _poll(self) -> None:
        try:
            self._listen()
            if self._link is not None:
                self._exchange(self._link)
        except (EndoDepthError, OSError) as error:
            self._stop(sentence(error), Tone.ERROR)
        self.refresh()

    def _listen(self) -> None:
        for event in self._process.poll() if self._process is not None else ():
            if isinstance(event, Failed):
                self._stop(sentence(event.message), Tone.ERROR)
                return
            if isinstance(event, Finished):
                self._stop(_("The live process has ended."), Tone.WARNING)
                return
            found = _LISTENING.search(event.text) if isinstance(event, Logged) else None
            if found is not None and self._link is None:
                self._link = LiveLink(int(found[1]))

    def _exchange(self, link: LiveLink) -> None:
        """One answer a tick, so that Slicer's window stays quick; the next picture when the last one is answered."""
        assert self._nodes is not None
        message = link.poll()
        if message is not None:
            self._nodes.take(message)
        elif link.status is not None:
            is_well = link.status.code == StatusCode.OK
            self._said = (sentence(link.status.text), Tone.HINT if is_well else Tone.ERROR)
        if self._source.GetScene() is None:
            self._stop(_("The volume is gone."), Tone.WARNING)
        elif self._is_new and link.is_free:
            self._is_new = False
            link.send(picture_of(self._source))
