"""Frozen text towers that guide segmentation: names, with learned context tokens before them, become vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthLib.errors import SettingsError, WeightsError
from EndoDepthLib.networks.torchvision_repair import repair_torchvision
from EndoDepthLib.prompts.text_tower import TextTower, build_tokenizer, prompt_text

SHIPPED = "endodepth"
"""The name of the tower that is part of EndoDepth."""

_OTHER_KIND = "expected a CLIP text transformer with CLIP's own tokens, such as RN50, ViT-B-32 or ViT-L-14"


class GuidingTower:
    """A frozen CLIP text transformer (Radford et al. 2021) that learned context can be put into.

    name: SHIPPED or open_clip's; source: where its weights come from, as a checkpoint records it; sha256: of its file,
    None for one that open_clip fetched. width: of its tokens; text_dim: of its answers. No part of any module's state,
    and never copied with one.
    """

    def __init__(
        self, name: str, source: str, sha256: str | None, text: Any, tokenizer: Any, spelling: Callable[[str], str]
    ) -> None:
        self.name, self.source, self.sha256 = name, source, sha256
        self._text, self._tokenizer, self._spelling = text, tokenizer, spelling
        for part in (text.token_embedding, text.transformer, text.ln_final):
            part.requires_grad_(False).eval()
        self.width = int(text.token_embedding.weight.shape[1])
        self.text_dim = int(text.text_projection.shape[1])

    def __deepcopy__(self, memo: dict[int, Any]) -> GuidingTower:
        return self

    def tokens(self, prompts: Sequence[str], context: int) -> Tensor:
        """(K, L) int64 ids of the prompts. Raises SettingsError for one too long to leave room for the context."""
        ids = self._tokenizer([self._spelling(prompt) for prompt in prompts])
        room = ids.shape[1] - context
        for prompt, row in zip(prompts, ids, strict=True):
            if int(row.argmax()) >= room or int((row > 0).sum()) >= ids.shape[1]:
                raise SettingsError(
                    f"the prompt '{prompt}' leaves no room for {context} context tokens in the {ids.shape[1]} tokens "
                    f"of the text tower {self.name}; give a shorter name"
                )
        return ids

    def embed(self, ids: Tensor, context: Tensor | None = None) -> Tensor:
        """Ids (K, L) and context (N, width) -> (K, text_dim) float32 unit vectors, with gradient to the context.

        The context stands between the start token and the words, the same for every prompt (CoOp, Zhou et al. 2022;
        DenseCLIP, Rao et al. 2022).
        """
        text = self._text
        if context is not None and text.positional_embedding.device != context.device:
            self._move(context.device)
        ids = ids.to(text.positional_embedding.device)
        words = text.token_embedding(ids)
        ends = ids.argmax(dim=1)  # the end token has the highest number
        if context is not None and len(context):
            inserted = context.to(words).expand(len(words), -1, -1)
            words = torch.cat([words[:, :1], inserted, words[:, 1 : words.shape[1] - len(context)]], dim=1)
            ends = ends + len(context)
        x = text.transformer(words + text.positional_embedding.detach(), attn_mask=text.attn_mask)
        x = text.ln_final(x)[torch.arange(len(x), device=x.device), ends] @ text.text_projection.detach()
        return functional.normalize(x.float(), dim=1)

    def _move(self, device: torch.device) -> None:
        for name in ("token_embedding", "transformer", "ln_final"):
            getattr(self._text, name).to(device)
        for name in ("positional_embedding", "attn_mask", "text_projection"):
            getattr(self._text, name).data = getattr(self._text, name).data.to(device)


def shipped_tower() -> GuidingTower:
    """The tower that is part of EndoDepth. Raises WeightsError when it is missing or damaged."""
    from EndoDepthLib.prompts.shipped import text_tower_path

    tower = TextTower.load(text_tower_path())
    tokenizer = build_tokenizer(tower.config)
    return GuidingTower(SHIPPED, "part of EndoDepth", tower.sha256, tower.transformer, tokenizer, prompt_text)


def open_clip_tower(name: str, checkpoint: str, allow_download: bool = False) -> GuidingTower:
    """The text tower of any open_clip model with CLIP's text transformer.

    checkpoint: a file of its weights (never unpickled as code); or, only when allow_download, one of open_clip's tags
    ("openai"), which it then fetches. Raises SettingsError for a model that is unknown or reads text in another way,
    WeightsError for weights that are not there or do not fit.
    """
    repair_torchvision()
    import open_clip
    from open_clip.tokenizer import SimpleTokenizer

    config = None if ":" in name else open_clip.get_model_config(name)
    if config is None:
        known = ", ".join(open_clip.list_models()[:5])
        raise SettingsError(f"open_clip has no model '{name}'; expected a name such as {known}")
    text_config = config.get("text_cfg", {})
    if any(text_config.get(key) for key in ("hf_model_name", "hf_tokenizer_name", "no_causal_mask", "embed_cls")):
        raise SettingsError(f"the text tower of '{name}' reads text in another way; {_OTHER_KIND}")
    file = Path(checkpoint)
    if not file.is_file() and not allow_download:
        raise WeightsError(
            f"there is no file '{checkpoint}' with weights of {name}; give a local checkpoint, or --allow-download to "
            "let open_clip fetch the tag of that name"
        )
    try:
        if file.is_file():
            model: Any = open_clip.create_model(name, pretrained=None, load_weights=False)
            open_clip.load_checkpoint(model, str(file), weights_only=True)
        else:
            model = open_clip.create_model(name, pretrained=checkpoint)
    except Exception as error:  # open_clip, torch and safetensors each have their own, and name them differently
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"weights '{checkpoint}' cannot be used for {name}: {reason[:200]}") from error
    text = getattr(model, "text", model)
    pooled = getattr(text, "pool_type", getattr(text, "text_pool_type", None))
    if pooled != "argmax" or not isinstance(text.text_projection, Tensor):
        raise SettingsError(f"the text tower of '{name}' reads text in another way; {_OTHER_KIND}")
    digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None
    source = file.name if file.is_file() else f"open_clip {checkpoint}"
    tokenizer = SimpleTokenizer(context_length=text.context_length)
    return GuidingTower(name, source, digest, text, tokenizer, "a photo of a {}".format)
