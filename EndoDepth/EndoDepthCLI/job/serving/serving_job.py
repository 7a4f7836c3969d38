"""The live server as a job: loads the model, listens, and answers until it is interrupted."""

from __future__ import annotations

import ipaddress
import sys
import time
from contextlib import closing, suppress

import numpy as np

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.preparation import warn_of_phantoms
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.serving.answers import UNIT_NOTE, Answers, label_note, live_surface_step
from EndoDepthCLI.job.serving.live_view import LiveView, as_rgb
from EndoDepthCLI.job.serving.mailbox import Letter, Mailbox
from EndoDepthCLI.job.serving.server import Server, listen_on
from EndoDepthCLI.job.weights import load_model
from EndoDepthCLI.serve import ServeOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.errors import EndoDepthError
from EndoDepthLib.geometry.camera_file import load_camera
from EndoDepthLib.openigtlink.header import ProtocolError
from EndoDepthLib.openigtlink.image import unpack_image
from EndoDepthLib.openigtlink.status import StatusCode

_LOOK_EVERY_S = 0.2
_SWITCH_S = 0.0005
"""Python's threads take turns this often, not every 5 ms: pictures are read while others are being answered."""


class Desk:
    """Answers pictures with one model, and remembers each sender's camera and content area."""

    def __init__(self, options: ServeOptions, messages: Messages) -> None:
        """Load what is needed. Raises an EndoDepthError for what cannot be used."""
        self._options = options
        self._messages = messages
        if options.lens.camera is not None:
            load_camera(options.lens.camera)
        self._model = load_model(options.weights, messages)
        self._segments = tuple(self._model.resolve(options.prompting.prompts))
        warn_of_phantoms(self._model, self._segments, messages)
        self._views: dict[int, LiveView] = {}

    @property
    def greeting(self) -> str:
        """What clients are told first."""
        return f"EndoDepth is ready; {UNIT_NOTE}{self._labels}"

    @property
    def _labels(self) -> str:
        names = [segment.name for segment in self._segments]
        return f"; labels {label_note(names)}" if names else ""

    def answer(self, letter: Letter, counts: str) -> Answers:
        """Predict. Raises ProtocolError for bytes that are no picture, InputError or CameraError for a useless one."""
        content = letter.message.open()
        picture = unpack_image(content.data)
        image = as_rgb(picture.pixels)
        view = self._view(letter.sender, image)
        frame = view.take(image, letter.message.header.time_s)
        prediction = self._model.predict(frame, view.camera, self._segments, view.content, with_scores=False)
        step = None
        if not self._options.no_surface:
            step = self._options.surface_step or live_surface_step(frame.width, frame.height)
        age_ms = 1000.0 * (time.monotonic() - letter.received_s)
        note = f"answered after {age_ms:.0f} ms, {counts}; {UNIT_NOTE}{self._labels}"
        depth, labels = prediction.depth.nominal(), prediction.labels
        return Answers(letter, content.message_id, picture, frame, depth, labels, step, note)

    def _view(self, sender: int, image: np.ndarray) -> LiveView:
        size = (image.shape[1], image.shape[0])
        view = self._views.get(sender)
        if view is None or view.size != size:
            view = LiveView(*size, self._options.lens)
            if view.warning is not None:
                self._messages.warn(view.warning)
            self._views.pop(sender, None)
            self._views[sender] = view
            while len(self._views) > 8:  # senders of long ago
                del self._views[next(iter(self._views))]
        return view


def serve(options: ServeOptions) -> None:
    """Listen and answer until Ctrl-C. Raises an EndoDepthError for options or an address that cannot be used."""
    messages = Messages()
    if not _is_loopback(options.host):
        messages.warn(
            f"anybody on the network may connect to {options.host}, send pictures and see what is answered: "
            "OpenIGTLink has neither passwords nor encryption"
        )
    current_teller().prepare()
    sys.setswitchinterval(_SWITCH_S)
    mailbox = Mailbox()
    with closing(listen_on(options.host, options.port)) as listener:  # before the model: a port in use is told at once
        desk = Desk(options, messages)
        with closing(Server(listener, mailbox, desk.greeting)) as server:
            answered = _answer_all(desk, server, mailbox, f"{options.host}:{server.port}")
    print(
        f"{answered} of {mailbox.received} pictures answered, {mailbox.skipped} skipped for newer ones, "
        f"{server.refused} connections refused"
    )


def _answer_all(desk: Desk, server: Server, mailbox: Mailbox, address: str) -> int:
    """Answer pictures until Ctrl-C; how many were."""
    answered = 0
    with current_teller().printing():
        print(f"listening on {address} (OpenIGTLink); Ctrl-C ends it", flush=True)
    with suppress(KeyboardInterrupt), Progress("live", None, "picture") as progress:  # how it is meant to end
        while server.is_running:
            letter = mailbox.take(_LOOK_EVERY_S)
            if letter is not None and _answer(desk, server, mailbox, letter, answered):
                answered += 1
                progress.step()
    if server.failure is not None:
        raise server.failure
    return answered


def _answer(desk: Desk, server: Server, mailbox: Mailbox, letter: Letter, answered: int) -> bool:
    """Answer one picture; whether it was one. What is wrong with it is told to its sender, and the server goes on."""
    counts = f"{answered + 1} of {mailbox.received} pictures"
    try:
        server.deliver(letter.sender, desk.answer(letter, counts).pack)
        return True
    except ProtocolError as error:
        server.tell(letter.sender, error.code, str(error), ends=True)
    except EndoDepthError as error:
        server.tell(letter.sender, StatusCode.CONFIGURATION_ERROR, str(error))
    except (RuntimeError, MemoryError, ValueError) as error:  # torch's, of one picture
        current_teller().warn(f"a picture could not be answered: {type(error).__name__}: {error}")
        server.tell(letter.sender, StatusCode.UNKNOWN_ERROR, "the picture could not be answered")
    return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
