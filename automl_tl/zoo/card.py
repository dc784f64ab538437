"""What is known about a candidate model before it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from automl_tl.names import model_id

__all__ = ["LAST_LAYER", "Fingerprint", "ImageInput", "ModelCard", "TextInput"]

LAST_LAYER = "last"
"""The embedding as the model was trained to give it; every model offers it."""


@dataclass(frozen=True)
class ImageInput:
    """How a model wants its images.

    Attributes
    ----------
    size
        Height and width in pixels.
    mean, std
        Per-channel statistics in units of [0, 1] intensities.
    interpolation
        ``bilinear`` or ``bicubic``.
    crop_fraction
        Share of the resized image kept by the centre crop, in (0, 1].
    layers
        What the embedding is made of: ``last``, or what else the network offers (``Backbone.layer_choices``),
        ``mean`` of all blocks or ``stages``; a fitted model's may also be ``last_4`` or ``all``.
    """

    size: tuple[int, int] = (224, 224)
    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"
    crop_fraction: float = 1.0
    layers: str = LAST_LAYER


@dataclass(frozen=True)
class TextInput:
    """How a model wants its texts.

    ``pooling`` is ``mean`` (over the attention mask) or ``cls``; ``max_length`` counts tokens; ``layers`` is
    ``last`` or ``mean`` (over all layers); a fitted model's may also be ``last_4`` or ``all``.
    """

    max_length: int = 128
    pooling: str = "mean"
    lowercase: bool = False
    layers: str = LAST_LAYER


@dataclass(frozen=True)
class Fingerprint:
    """The source domain in the model's own embedding space.

    Attributes
    ----------
    mean
        float32 (D,).
    covariance
        float32 (D, D).
    count
        Number of source examples behind the moments.
    sample
        float32 (M, D): embeddings of some of these examples, or None where only moments are known.
    prototypes
        float32 (K, D): mean embedding of each source class, or None where the classes are unknown.
    prototype_counts
        int64 (K,): examples of each class; present exactly where ``prototypes`` is.
    """

    mean: NDArray[np.float32]
    covariance: NDArray[np.float32]
    count: int
    sample: NDArray[np.float32] | None = None
    prototypes: NDArray[np.float32] | None = None
    prototype_counts: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class ModelCard:
    """A candidate model: identity, needs, licence and what it was trained on.

    Attributes
    ----------
    source
        Name of the source plug-in: ``starter``, ``timm``, ``hf``, ``local``.
    model
        The model's name inside the source; a hub id may contain "/".
    modality
        ``image`` or ``text``.
    architecture
        timm architecture name or transformers model type, such as ``resnet18`` or ``bert``.
    family
        Architecture family for people and for layer-wise rules: ``resnet``, ``vit``, ``convnext``, ``bert`` ...
    input
        How the model wants its inputs.
    parameters
        Number of parameters; 0 if unknown.
    embedding_size
        Length D of the pooled embedding; 0 if unknown before loading.
    licence
        SPDX identifier, "" if unknown.
    revision
        Commit or digest stated by a readable source; "" means unpinned (resolved at first load).
    domain
        What it was trained on, in words, such as ``glyphs`` or ``ImageNet-1k``.
    description
        One sentence for people.
    prior
        Published or measured figures that do not look at the target, name -> value.
    location
        Directory of a ``local:`` model, as given; "" for all other sources. Never sent by a client.
    """

    source: str
    model: str
    modality: str
    architecture: str
    family: str
    input: ImageInput | TextInput
    parameters: int = 0
    embedding_size: int = 0
    licence: str = ""
    revision: str = ""
    domain: str = ""
    description: str = ""
    prior: Mapping[str, float] = field(default_factory=dict)
    location: str = ""

    @property
    def id(self) -> str:
        """``{source}:{model}``."""
        return model_id(self.source, self.model)
