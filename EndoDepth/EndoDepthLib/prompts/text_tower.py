"""The text tower: a small open_clip CLIP text transformer with its own configuration, and the head that refuses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.networks.torchvision_repair import repair_torchvision
from EndoDepthLib.prompts.terms import plain_words

FORMAT = "endodepth-text-tower-1"
_EMBEDDING = "transformer.token_embedding.weight"


@dataclass(frozen=True)
class TextTowerConfig:
    """Sizes of the text transformer (open_clip CLIPTextCfg names): vocabulary 49408 of open_clip's bundled BPE file."""

    width: int = 160
    heads: int = 5
    layers: int = 2
    mlp_ratio: float = 3.0
    context_length: int = 24
    text_dim: int = 384
    vocab_size: int = 49408


def build_text_transformer(config: TextTowerConfig) -> nn.Module:
    """open_clip's TextTransformer (causal, pooled at the end-of-text token) of this configuration, untrained."""
    repair_torchvision()
    from open_clip.transformer import TextTransformer

    return TextTransformer(
        context_length=config.context_length,
        vocab_size=config.vocab_size,
        width=config.width,
        heads=config.heads,
        layers=config.layers,
        mlp_ratio=config.mlp_ratio,
        output_dim=config.text_dim,
    )


def build_tokenizer(config: TextTowerConfig) -> Any:
    """open_clip's tokenizer, offline (its BPE file is in the package); calling it gives (N, context_length) ids."""
    repair_torchvision()
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer(context_length=config.context_length)


def prompt_text(text: str) -> str:
    """The spelling in which the tower reads a phrase: lower case, no punctuation, no articles."""
    return " ".join(plain_words(text))


class PrototypeHead(nn.Module):
    """Class probabilities of a text embedding by learned prototypes; the last class is "none of the taught ones".

    The logit of a class is scale x the log-sum-exp of the cosines to its prototypes: a mixture on the unit sphere.
    """

    def __init__(self, prototypes: torch.Tensor, owner: torch.Tensor, scale: float = 20.0) -> None:
        """prototypes (P, D) float32, any length; owner (P,) int64 in 0..K, where K means none of the taught classes."""
        super().__init__()
        self.prototypes = nn.Parameter(prototypes.clone())
        self.log_scale = nn.Parameter(torch.tensor(float(np.log(scale))))
        self.register_buffer("owner", owner.clone())
        self.count = int(owner.max()) + 1

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """(N, D) unit vectors to (N, K + 1) logits."""
        cosine = embeddings @ nn.functional.normalize(self.prototypes, dim=1).T
        logits = cosine * self.log_scale.exp()
        columns = [torch.logsumexp(logits[:, self.owner == index], dim=1) for index in range(self.count)]
        return torch.stack(columns, dim=1)


class TextTower:
    """A trained tower: phrases to unit vectors in the teacher's space, and to probabilities over the taught classes."""

    def __init__(
        self,
        config: TextTowerConfig,
        transformer: nn.Module,
        head: PrototypeHead,
        metadata: dict[str, Any],
        sha256: str,
    ) -> None:
        """metadata holds classes (list of K names) and min_probability, beside the notes of the model card."""
        self.config, self.transformer, self.head = config, transformer.eval(), head.eval()
        self.metadata, self.sha256 = metadata, sha256
        self.classes: tuple[str, ...] = tuple(metadata["classes"])
        self.min_probability = float(metadata["min_probability"])
        self._tokenizer = build_tokenizer(config)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(N, text_dim) float32 unit vectors, one per phrase."""
        return self._encode(texts).numpy()

    @torch.inference_mode()
    def class_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N, K + 1) float32: probability of each class in self.classes, and last of none of them."""
        return self.head(self._encode(texts)).softmax(dim=1).numpy()

    def _encode(self, texts: Sequence[str]) -> torch.Tensor:
        tokens = self._tokenizer([prompt_text(text) for text in texts])
        return nn.functional.normalize(self.transformer(tokens), dim=1)

    def save(self, path: Path) -> None:
        """Write one safetensors file: token embeddings as int8 with a float16 scale per row, all else float16."""
        tensors: dict[str, torch.Tensor] = {}
        for prefix, module in (("transformer", self.transformer), ("head", self.head)):
            for name, value in module.state_dict().items():
                tensors[f"{prefix}.{name}"] = value.half() if value.is_floating_point() else value
        weight = self.transformer.state_dict()["token_embedding.weight"]
        scale = (weight.abs().amax(dim=1, keepdim=True) / 127).half().clamp_min(1e-6)
        tensors[_EMBEDDING] = (weight / scale.float()).round().clamp(-127, 127).to(torch.int8)
        tensors[f"{_EMBEDDING}.scale"] = scale
        header = {"format": FORMAT, "config": json.dumps(asdict(self.config)), "metadata": json.dumps(self.metadata)}
        save_file({name: value.contiguous() for name, value in tensors.items()}, str(path), metadata=header)

    @classmethod
    def load(cls, path: Path, sha256: str | None = None) -> TextTower:
        """Read what save wrote. sha256: the tower expected. Raises WeightsError: missing, damaged, another tower."""
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise WeightsError(
                f"the text tower {path} cannot be read ({error.strerror}); reinstall EndoDepth"
            ) from error
        if sha256 is not None and found != sha256:
            raise WeightsError(
                f"the text tower {path.name} has sha256 {found[:12]}; the weights belong to {sha256[:12]}; "
                "use a known term, or the tower that came with these weights"
            )
        try:
            with safe_open(str(path), framework="pt") as file:
                header = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if header.get("format") != FORMAT:
                raise WeightsError(f"{path.name} is '{header.get('format')}'; expected a text tower ({FORMAT})")
            config, metadata = TextTowerConfig(**json.loads(header["config"])), json.loads(header["metadata"])
            tensors[_EMBEDDING] = tensors[_EMBEDDING].float() * tensors.pop(f"{_EMBEDDING}.scale").float()
            transformer = build_text_transformer(config)
            transformer.load_state_dict(_part(tensors, "transformer."))
            state = _part(tensors, "head.")
            head = PrototypeHead(state["prototypes"], state["owner"])
            head.load_state_dict(state)
            return cls(config, transformer, head, metadata, found)
        except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise WeightsError(f"the text tower {path.name} is damaged ({error}); reinstall EndoDepth") from error


def _part(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
