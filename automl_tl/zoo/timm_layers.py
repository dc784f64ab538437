"""What an image network saw on the way to its embedding: the mean of its blocks, or its stages side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from timm.models.beit import Beit
from timm.models.eva import Eva
from timm.models.mlp_mixer import MlpMixer
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos
from torch import nn

from automl_tl.zoo.card import LAST_LAYER
from automl_tl.zoo.side_by_side import side_by_side

__all__ = ["forward_layers", "layers_size", "timm_further_layer_choices", "timm_layer_choices"]

# Their embedding is what the head makes of the normalised last block; others, such as CaiT, go on after the
# blocks.
_ONE_WIDTH = (Beit, Eva, MlpMixer, VisionTransformer, VisionTransformerRelPos)
# A stage of theirs is a list of maps, or its module takes no part in the pass.
_IRREGULAR = frozenset({"CrossVit", "EfficientViM", "PoolingVisionTransformer", "SelecSls", "TResNet"})
_FOUR = 4

Reduce = Callable[[torch.Tensor], torch.Tensor]


def timm_layer_choices(network: Any) -> tuple[str, ...]:
    """Return the aggregations that this network offers, ``last`` first.

    ``mean`` where all blocks share one width, as in a vision transformer; ``stages`` where widths grow, as in a
    convolutional network.
    """
    stages = _stages(network)
    if len(stages) > 1 and isinstance(network, _ONE_WIDTH):
        return (LAST_LAYER, "mean")
    known = dict(network.named_modules())
    pyramid = len({width for _, width in stages}) > 1 and all(name in known for name, _ in stages)
    return (LAST_LAYER, "stages") if pyramid and type(network).__name__ not in _IRREGULAR else (LAST_LAYER,)


def timm_further_layer_choices(network: Any) -> tuple[str, ...]:
    """Return what else the embedding can be made of: ``last_4`` and ``all`` where ``mean`` is offered."""
    if "mean" not in timm_layer_choices(network):
        return ()
    return ("last_4", "all") if len(_stages(network)) > _FOUR else ("all",)


def forward_layers(network: Any, pixels: torch.Tensor, layers: Sequence[str]) -> dict[str, torch.Tensor]:
    """Return the embedding by each of these aggregations, float (B, D) with its own D, from one forward pass.

    ``last`` is always among them: ``forward_head(forward_features(x), pre_logits=True)``.

    ``mean`` is the mean over the blocks of the embedding that the network would give if it ended after that block:
    each block's output goes through the network's own last normalisation and pooling.

    ``stages`` is the spatial mean of the output of every stage before the last one, then ``last``, side by side.
    Every part of an embedding is scaled to one length: raw stages differ in scale by orders of magnitude and in
    width, and one penalty for all would see the largest only. The root mean square of the whole is 1.

    ``last_4`` is the mean over the last four blocks only, ``all`` has the parts of ``mean`` side by side.
    """
    if not set(layers) - {LAST_LAYER}:
        return {LAST_LAYER: _last(network, pixels)}
    with _earlier_outputs(network) as earlier:
        last = _last(network, pixels)
    found = {LAST_LAYER: last}
    if "mean" in layers:
        found["mean"] = torch.stack([*earlier, last]).mean(dim=0)
    if "stages" in layers:
        found["stages"] = side_by_side([*earlier, last])
    if "last_4" in layers:
        found["last_4"] = torch.stack([*earlier, last][-_FOUR:]).mean(dim=0)
    if "all" in layers:
        found["all"] = side_by_side([*earlier, last])
    return found


def layers_size(network: Any, last_size: int, layers: str) -> int:
    """Return the length of the embedding made of ``layers``; ``last_size`` is that of ``last``."""
    if layers == "all":
        return last_size * len(_stages(network))
    return last_size + sum(width for _, width in _stages(network)[:-1]) if layers == "stages" else last_size


def _last(network: Any, pixels: torch.Tensor) -> torch.Tensor:
    embedding: torch.Tensor = network.forward_head(network.forward_features(pixels), pre_logits=True).flatten(1)
    return embedding


def _stages(network: Any) -> list[tuple[str, int]]:
    """Return module name and width of every block or stage, from input to output, as timm describes them."""
    described = getattr(network, "feature_info", None) or ()
    return [(str(stage["module"]), int(stage["num_chs"])) for stage in described]


@contextmanager
def _earlier_outputs(network: Any) -> Iterator[list[torch.Tensor]]:
    """Yield a list that the forward pass fills with pooled outputs (B, C), of all blocks or stages but the last.

    Maps are pooled as they pass by: nothing can change them in place later, and no map is kept.
    """
    found: list[torch.Tensor] = []

    def keep(_: nn.Module, __: Any, output: torch.Tensor, *, reduce: Reduce) -> None:
        found.append(reduce(output))

    hooks = [
        network.get_submodule(name).register_forward_hook(partial(keep, reduce=_reduction(network, width)))
        for name, width in _stages(network)[:-1]
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


def _reduction(network: Any, width: int) -> Reduce:
    if isinstance(network, _ONE_WIDTH):
        ending: Any = network
        return lambda tokens: ending.forward_head(ending.norm(tokens), pre_logits=True).flatten(1)
    return partial(_spatial_mean, width=width, channels_end=getattr(network, "output_fmt", "") == "NHWC")


def _spatial_mean(output: torch.Tensor, *, width: int, channels_end: bool) -> torch.Tensor:
    """Return the mean over positions of (B, C, H, W), (B, H, W, C) or (B, N, C) with C = ``width``."""
    if output.ndim == 3 and output.shape[2] == width:
        return output.mean(dim=1)
    if output.ndim == 4 and not channels_end and output.shape[1] == width:
        return output.mean(dim=(2, 3))
    if output.ndim == 4 and output.shape[3] == width:
        return output.mean(dim=(1, 2))
    raise ValueError(f"a stage of {width} channels gives shape {tuple(output.shape)}")
