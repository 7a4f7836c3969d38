"""The errors a user can cause: each is one clear line (what, the value, what was expected, what to do)."""

from __future__ import annotations


class EndoDepthError(Exception):
    """Base of every error a user can cause; the command line prints it on one line and exits with 2."""


class InputError(EndoDepthError):
    """The video, image or folder given cannot be used."""


class CameraError(EndoDepthError):
    """The camera description (intrinsics, distortion, field of view) cannot be used."""


class PromptError(EndoDepthError):
    """A prompt names nothing that the loaded weights were taught; `nearest` are known terms like it."""

    def __init__(self, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class WeightsError(EndoDepthError):
    """A weight file is missing, damaged, altered or of another kind."""


class OutputError(EndoDepthError):
    """The output folder or disk cannot take the results."""


class SettingsError(EndoDepthError):
    """A value given to the program lies outside what it accepts."""


class ScaleError(EndoDepthError):
    """Millimetres were asked of depth that is known only up to scale."""


class RegistrationError(EndoDepthError):
    """The surface cannot be brought to the CT: too few landmarks, a shape that fits in many places, a mirrored CT."""


class TrainingError(EndoDepthError):
    """Training cannot go on: the loss or a gradient is not finite any more."""
