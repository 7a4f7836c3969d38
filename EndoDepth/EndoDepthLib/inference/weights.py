"""From a catalogue name or a path to a network that is ready to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference.catalogue import Catalogue, CatalogueEntry, load_catalogue
from EndoDepthLib.prompts import Vocabulary

if TYPE_CHECKING:
    from EndoDepthLib.networks import EndoDepthNetwork


@dataclass(frozen=True, eq=False)
class LoadedWeights:
    """A network in evaluation mode with its batch norms folded, the vocabulary it was taught, and where it came from.

    entry: the catalogue's, or None for a file given by its path. sha256: of the whole file. metadata: what training
    wrote into the checkpoint.
    """

    network: EndoDepthNetwork
    vocabulary: Vocabulary
    path: Path
    sha256: str
    entry: CatalogueEntry | None
    metadata: dict[str, Any]

    @property
    def id(self) -> str:
        """The catalogue id, or the file's name."""
        return self.path.name if self.entry is None else self.entry.id

    @property
    def embeddings(self) -> np.ndarray:
        """(K, D) float32 text embeddings of the vocabulary, unit vectors."""
        assert self.vocabulary.embeddings is not None  # load_weights refuses a checkpoint without them
        return self.vocabulary.embeddings


def load_weights(name_or_path: str | Path, catalogue: Catalogue | None = None) -> LoadedWeights:
    """Load "default", a catalogue id, or a checkpoint file; every byte is checked.

    Raises WeightsError: unknown name, missing, cut or altered file, a pickle, another kind of file, wrong tensors.
    """
    from EndoDepthLib.networks import fold_batch_norms, load_checkpoint

    listed = load_catalogue() if catalogue is None else catalogue
    entry = listed.find(str(name_or_path))
    path = Path(name_or_path) if entry is None else listed.path(entry)
    if entry is not None and entry.weights.sha256 is None:
        raise WeightsError(f"the weights {entry.id!r} are not part of this release; give the path of a checkpoint file")
    if not path.is_file():
        known = ", ".join(["default", *(other.id for other in listed.entries)])
        raise WeightsError(f"no weights at {path}; expected a .safetensors file or one of {known}")
    checkpoint = load_checkpoint(path, None if entry is None else entry.weights.sha256)
    vocabulary = Vocabulary.from_dict(checkpoint.vocabulary)
    width = None if vocabulary.embeddings is None else vocabulary.embeddings.shape[1]
    if width != checkpoint.network.config.text_dim:
        raise WeightsError(
            f"weights {path} carry text embeddings of width {width}; expected {checkpoint.network.config.text_dim}"
        )
    fold_batch_norms(checkpoint.network)
    return LoadedWeights(checkpoint.network, vocabulary, path, checkpoint.sha256, entry, checkpoint.metadata)
