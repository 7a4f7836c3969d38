"""Checkpoints: safetensors that carry their own configuration and vocabulary. A pickle is never loaded."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from EndoDepthLib.errors import SettingsError, WeightsError
from EndoDepthLib.networks.config import NetworkConfig
from EndoDepthLib.networks.network import EndoDepthNetwork

FORMAT = "EndoDepth checkpoint 1"
_HEADER = "endodepth"
_NO_DIGEST = b"0" * 64  # stands in the header while the file's digest, which goes there, is taken
_PICKLE_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class Checkpoint:
    """A network in evaluation mode, the vocabulary it was taught, free metadata, and the file's SHA-256."""

    network: EndoDepthNetwork
    vocabulary: dict[str, Any]
    metadata: dict[str, Any]
    sha256: str


def save_checkpoint(
    path: Path | str,
    network: EndoDepthNetwork,
    vocabulary: Mapping[str, Any],
    metadata: Mapping[str, Any],
    half: bool = True,
) -> str:
    """Write the network, JSON-able vocabulary and metadata to `path` at once (aside, then renamed); gives the SHA-256.

    half: store float16 (half the size; the network is float32 again when loaded).
    """
    tensors = {}
    for key, value in network.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        stored = value.detach().to("cpu")
        if half and stored.is_floating_point():
            # float16 ends at 65504 and running variances can lie beyond: those few stay float32.
            fits = bool(stored.abs().max() < 6e4) if stored.numel() else True
            stored = stored.half() if fits and not key.endswith("running_var") else stored
        tensors[key] = stored.contiguous()
    header = {
        "format": FORMAT,
        "config": network.config.to_dict(),
        "vocabulary": dict(vocabulary),
        "metadata": dict(metadata),
        "content_sha256": _NO_DIGEST.decode(),
    }
    # One entry only: safetensors writes several in an order that changes from run to run.
    content = save_tensors(tensors, metadata={_HEADER: json.dumps(header, sort_keys=True)})
    content = content.replace(_NO_DIGEST, hashlib.sha256(content).hexdigest().encode(), 1)
    target = Path(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(content)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()


def load_checkpoint(path: Path | str, expected_sha256: str | None = None) -> Checkpoint:
    """Rebuild the network a file describes, float32 on the CPU, in evaluation mode.

    Raises WeightsError when the file is missing, cut, altered by one bit (it carries its own digest),
    not the expected one, a pickle, or when its tensors do not fit its configuration.
    """
    content = read_weights(Path(path), expected_sha256)
    header = _read_header(content, path)
    _check_digest(content, header, path)
    try:
        config = NetworkConfig.from_dict(header["config"])
        vocabulary, metadata = dict(header["vocabulary"]), dict(header["metadata"])
        tensors = load_tensors(content)
    except (KeyError, TypeError, ValueError, AttributeError, SettingsError, SafetensorError) as error:
        raise WeightsError(f"weights {path} are damaged: {error}; get the file again") from error
    network = EndoDepthNetwork(config)
    _fill(network, tensors, path)
    return Checkpoint(network.eval(), vocabulary, metadata, hashlib.sha256(content).hexdigest())


def read_weights(path: Path, expected_sha256: str | None = None) -> bytes:
    """The bytes of a weight file, checked. Raises WeightsError when missing, a pickle, cut or altered."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"weights {path} cannot be read: {error.strerror or error}; check the path") from error
    if content.startswith(_PICKLE_STARTS):
        raise WeightsError(
            f"weights {path} are a pickle; pickles can run code and are never loaded, give a .safetensors file"
        )
    if expected_sha256 is not None and hashlib.sha256(content).hexdigest() != expected_sha256:
        raise WeightsError(
            f"weights {path} have SHA-256 {hashlib.sha256(content).hexdigest()}; expected {expected_sha256}: "
            "the file was cut or altered, get it again"
        )
    return content


def _read_header(content: bytes, path: Path | str) -> dict[str, Any]:
    """What save_checkpoint wrote into the head of safetensors bytes."""
    length = int.from_bytes(content[:8], "little")
    try:
        head = json.loads(content[8 : 8 + length]) if len(content) >= 8 + length > 8 else None
        texts = head.get("__metadata__", {}) if isinstance(head, dict) else None
        header = None if texts is None else json.loads(texts.get(_HEADER, "{}"))
    except (ValueError, AttributeError, TypeError):
        header = None
    if not isinstance(header, dict):
        raise WeightsError(f"weights {path} are not a safetensors file, or are cut; expected an EndoDepth checkpoint")
    if header.get("format") != FORMAT:
        raise WeightsError(f"weights {path} are of format {header.get('format')!r}; expected {FORMAT!r}")
    return header


def _check_digest(content: bytes, header: Mapping[str, Any], path: Path | str) -> None:
    """Every byte of the file but its digest must be what was saved."""
    digest = str(header.get("content_sha256")).encode()
    original = content.replace(digest, _NO_DIGEST, 1) if len(digest) == len(_NO_DIGEST) else b""
    if hashlib.sha256(original).hexdigest().encode() != digest:
        raise WeightsError(f"weights {path} were cut or altered after they were saved; get the file again")


def _fill(network: EndoDepthNetwork, tensors: Mapping[str, torch.Tensor], path: Path | str) -> None:
    """Load tensors into the network; names and shapes must be its own."""
    own = {key: value for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    missing, unknown = sorted(own.keys() - tensors.keys()), sorted(tensors.keys() - own.keys())
    if missing or unknown:
        raise WeightsError(
            f"weights {path} do not fit their own configuration: {len(missing)} tensors missing, "
            f"{len(unknown)} unknown, first {(missing or unknown)[0]}"
        )
    wrong = [key for key, value in own.items() if tensors[key].shape != value.shape]
    if wrong:
        key = wrong[0]
        raise WeightsError(f"weights {path}: {key} is {tuple(tensors[key].shape)}; expected {tuple(own[key].shape)}")
    broken = [key for key, value in tensors.items() if not torch.isfinite(value).all()]
    if broken:
        raise WeightsError(f"weights {path} hold values that are not finite in {broken[0]}; get the file again")
    network.load_state_dict({key: value.float() for key, value in tensors.items()}, strict=False)
