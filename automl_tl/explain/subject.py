"""A model made ready for being asked thousands of times: networks in both precisions, and with random weights."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.dataset import Example
from automl_tl.errors import InvalidInput
from automl_tl.explain.clock import Remaining
from automl_tl.explain.game import Game
from automl_tl.explain.maskers.base import Masker
from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.explain.maskers.joint import Joint
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.maskers.superpixels import Superpixels
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.model import ExplainableModel, LogitHead, link_of, members_of
from automl_tl.explain.network import Network, networks_of
from automl_tl.explain.pictures import to_rgb_uint8
from automl_tl.explain.with_columns import Mixed, metadata_of
from automl_tl.probe.precision import BFLOAT16, multiplies_bfloat16

__all__ = ["FEATURES", "Networks", "Subject"]

FEATURES = ("grid", "superpixels")
_LARGE = 1_000_000

Networks = tuple[Network, ...]


@dataclass(frozen=True)
class Subject:
    """One model, for as many explanations as are wanted.

    Attributes
    ----------
    features
        ``grid`` or ``superpixels``: how pictures are cut.
    batch_size
        Coalitions per forward pass.
    """

    model: ExplainableModel
    features: str = "grid"
    batch_size: int = 64

    def __post_init__(self) -> None:
        if self.features not in FEATURES:
            raise InvalidInput(
                f"features must be one of {', '.join(FEATURES)} but got {self.features!r}", field="features"
            )

    @cached_property
    def networks(self) -> Networks:
        """The model's networks in float32."""
        return networks_of(self.model)

    @cached_property
    def fast(self) -> Networks | None:
        """The same networks in bfloat16, None where that is not faster or the model is small."""
        parameters = sum(p.numel() for network in self.networks for p in network.backbone.parameters())
        if parameters < _LARGE or not multiplies_bfloat16(self.networks[0].device):
            return None
        return networks_of(self.model, precision=BFLOAT16)

    @cached_property
    def randomised(self) -> Networks | None:
        """Copies of the networks with fresh random weights and the trained heads; None if it cannot be made."""
        found = []
        for model, network in zip((self.model, *members_of(self.model)), self.networks, strict=True):
            backbone: Any = copy.deepcopy(network.backbone)
            if not hasattr(backbone, "reinitialise"):
                return None
            backbone.reinitialise(0)
            backbone.to(network.device)
            precision = (self.fast or self.networks)[0].precision
            found.append(Network(_Headed(backbone, model.head), precision=precision, part=network.part))
        return tuple(found)

    def maskers(self, example: Example | Mixed) -> tuple[Masker, ...]:
        """Return one masker per network, all with the same features; raises InvalidInput for other inputs."""
        if isinstance(example, Mixed):
            return self._joint(example)
        if isinstance(example, str):
            return self._words(example)
        if isinstance(example, np.ndarray):
            return self._regions(to_rgb_uint8(example))
        raise InvalidInput(f"can explain an image array or a text but got a {type(example).__name__}")

    def game(self, maskers: tuple[Masker, ...], networks: Networks, remaining: Remaining) -> Game:
        """Return the game of these maskers."""
        return Game(
            tuple(zip(maskers, networks, strict=True)),
            link=link_of(self.model),
            batch_size=self.batch_size,
            remaining=remaining,
        )

    def _joint(self, mixed: Mixed) -> tuple[Masker, ...]:
        metadata = metadata_of(self.model)
        if metadata is None:
            raise InvalidInput("this model reads no columns of metadata; wrap it in WithColumns", field="inputs")
        found = []
        for masker, network in zip(self.maskers(mixed.example), self.networks, strict=True):
            repeat = not getattr(network.backbone, "repeats_for_columns", False)
            found.append(Joint([masker, metadata.masker(mixed.row, network.device)], repeat=repeat))
        return tuple(found)

    def _words(self, text: str) -> tuple[Masker, ...]:
        first = WordId(self.networks[0].backbone, text, device=self.networks[0].device)
        others = (
            WordId(network.backbone, text, first.spans, device=network.device) for network in self.networks[1:]
        )
        return first, *others

    def _regions(self, image: NDArray[np.uint8]) -> tuple[Masker, ...]:
        prepared = [
            network.backbone.preprocess([image])["pixels"][0].to(network.device) for network in self.networks
        ]
        first: PixelMasker = Superpixels(prepared[0]) if self.features == "superpixels" else GridBlur(prepared[0])
        return first, *(resized(first, pixels) for pixels in prepared[1:])


def resized(first: PixelMasker, pixels: Any) -> PixelMasker:
    """Return the same regions on another preparation of the picture."""
    height, width = pixels.shape[1:]
    rows, columns = first.regions.shape
    down, across = np.arange(height) * rows // height, np.arange(width) * columns // width
    other = PixelMasker(pixels, first.regions[down][:, across], first.feature_names, hidden=first.baseline)
    other.grid = first.grid
    return other


@dataclass(frozen=True)
class _Headed:
    """A backbone with a head: all that a network needs."""

    backbone: Any
    head: LogitHead
