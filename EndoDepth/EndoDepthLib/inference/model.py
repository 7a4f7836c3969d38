"""The one object users meet: weights in, depth and named structures out. torch is imported when weights are loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from EndoDepthLib.errors import CameraError, InputError
from EndoDepthLib.geometry import default_camera
from EndoDepthLib.inference.labelling import label_box
from EndoDepthLib.inference.network_grid import NetworkGrid
from EndoDepthLib.inference.prediction import Prediction
from EndoDepthLib.inference.weights import LoadedWeights, load_weights
from EndoDepthLib.prompts import Vocabulary
from EndoDepthLib.prompts.resolver import ResolvedPrompt, resolve_prompts
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap
from EndoDepthLib.video.validity import doubt_highlights, validity_map

if TYPE_CHECKING:
    from EndoDepthLib.networks import EndoDepthNetwork
    from EndoDepthLib.runtimes import NetworkAnswer, Runtime


class EndoDepthModel:
    """A loaded set of weights: one encoder pass gives depth and labels. Same input, same output, on one machine.

    network: evaluation mode, batch norms folded. vocabulary: the classes it was taught. weights: which file it is.
    runtime: what does the arithmetic (see EndoDepthLib.runtimes); "torch" is the reference.
    """

    def __init__(self, weights: LoadedWeights, device: str = "cpu", runtime: str = "torch") -> None:
        import torch

        from EndoDepthLib.runtimes import choose_runtime

        self.weights = weights
        self.vocabulary: Vocabulary = weights.vocabulary
        self.device = torch.device(device)
        network = weights.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # missing in stubs
        self.network: EndoDepthNetwork = network.to(self.device)
        self.runtime: Runtime = choose_runtime(weights, self.device.type, runtime)

    @classmethod
    def load(cls, name_or_path: str | Path = "default", device: str = "auto", runtime: str = "auto") -> EndoDepthModel:
        """Load "default", another catalogue entry by its id, or a checkpoint file.

        device: "auto" (CUDA, else Apple's MPS, else the CPU), "cpu", "cuda" or "mps". runtime: a name from
        runtimes.RUNTIMES, or "auto": the fastest here that agrees with the reference, measured once and remembered.
        Raises WeightsError (missing, damaged, altered, a pickle) or SettingsError (absent device or runtime).
        """
        from EndoDepthLib.inference.device import choose_device

        chosen = choose_device(device)
        return cls(load_weights(name_or_path), chosen, runtime)

    def resolve(self, prompts: Sequence[str]) -> list[ResolvedPrompt]:
        """The classes that free-text prompts mean. Raises PromptError for what these weights were never taught."""
        return resolve_prompts(prompts, self.vocabulary)

    def predict(
        self,
        frame: Frame,
        camera: Camera | None = None,
        prompts: Sequence[str | ResolvedPrompt] = (),
        content_mask: np.ndarray | None = None,
        with_scores: bool = True,
    ) -> Prediction:
        """Depth (up to scale) of a frame and labels of the prompted structures, on the frame's pixels.

        camera: of the frame's grid; a typical endoscope's when None (the depth itself does not depend on it).
        prompts: names, or what resolve() gave for them; none = depth only. content_mask (H, W) bool: the endoscope's
        picture inside its dark border; outside, depth is NaN, confidence 0 and label 0. Under specular highlights the
        confidence is at most video.HIGHLIGHT_CONFIDENCE. with_scores: keep the prompted classes' probabilities (4 bytes
        per pixel and prompt). Labels are decided among all classes of the procedures
        that the prompts belong to (Vocabulary.competitors) and "none of these", so a structure's mask does not depend
        on which other structures of its procedure were asked for.

        Raises CameraError or InputError when sizes disagree, PromptError for a prompt never taught.
        """
        camera = default_camera(frame.width, frame.height) if camera is None else camera
        if (camera.width, camera.height) != (frame.width, frame.height):
            raise CameraError(
                f"the camera is for {camera.width} x {camera.height} pixels but frame {frame.index} has "
                f"{frame.width} x {frame.height}; give the camera of this video"
            )
        resolved = self._resolved(prompts)
        classes = [prompt.class_index for prompt in resolved]
        content = _content(frame, content_mask)
        grid = NetworkGrid.fit(content, self.network.config.input_pixels)
        answer = self._run(grid.to_network(frame.image), classes)
        # Inverse depth is what varies linearly over a plane, so it is what gets interpolated.
        depth = grid.paste(1.0 / grid.from_network(answer.inverse_depth), np.nan)
        trust = grid.paste(np.clip(grid.from_network(answer.confidence), 0.0, 1.0), 0.0)
        labels = None
        if answer.probabilities is not None:
            box, scores = label_box(answer.probabilities, classes, grid, with_scores)
            names = tuple(prompt.name for prompt in resolved)
            labels = LabelMap(grid.paste(box, 0), names, scores)
        validity = validity_map(frame.image, content)
        return Prediction(doubt_highlights(DepthMap(depth, trust, camera), validity), labels, validity)

    def _resolved(self, prompts: Sequence[str | ResolvedPrompt]) -> list[ResolvedPrompt]:
        if isinstance(prompts, str):
            raise InputError(f"prompts is the text {prompts!r}; expected a list of texts")
        names = [prompt for prompt in prompts if isinstance(prompt, str)]
        if names and len(names) < len(prompts):
            raise InputError("prompts mixes texts and resolved prompts; give all of one kind")
        return self.resolve(names) if names else [p for p in prompts if not isinstance(p, str)]

    def _run(self, image: np.ndarray, classes: Sequence[int]) -> NetworkAnswer:
        """The network's answer for (3, h, w) float32; depth alone when no class is asked for."""
        return self.runtime.run(image, self.vocabulary.competitors(classes) if classes else None)


def _content(frame: Frame, content_mask: np.ndarray | None) -> np.ndarray:
    """The mask given, checked, or all of the frame."""
    if content_mask is None:
        return np.ones((frame.height, frame.width), dtype=bool)
    if content_mask.shape != (frame.height, frame.width) or content_mask.dtype != np.bool_:
        raise InputError(
            f"the content mask is {content_mask.shape} {content_mask.dtype}; "
            f"expected {(frame.height, frame.width)} bool, the frame's grid"
        )
    return content_mask
