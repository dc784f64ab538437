"""How each starter model is pretrained: architecture, domain, length and rates, all in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automl_tl.errors import NotFound

__all__ = ["RECIPES", "PretrainRecipe", "recipe"]


@dataclass(frozen=True)
class PretrainRecipe:
    """Everything that decides a starter model besides the seed.

    Attributes
    ----------
    name
        ``{source}-{family}``, the model's name in the zoo.
    modality
        ``image`` or ``text``.
    source
        Name of the image or text source domain.
    family
        Architecture family for people, such as ``resnet``.
    architecture
        timm architecture name or transformers model type.
    settings
        Keyword arguments of ``timm.create_model`` or of the transformers configuration.
    examples
        Number of source examples drawn for training.
    steps
        Updates; with ``batch`` examples each.
    rate
        Peak learning rate of AdamW; linear warm-up over the first 5 % of steps, then a cosine to 0.
    label_smoothing
        Mass that the source labels spread over the other classes.
    size
        Side of the training images in pixels (image models).
    vocabulary, max_length
        Tokenizer size and most tokens a text (text models).
    masked_share
        Share of tokens hidden in training (text models).
    """

    name: str
    modality: str
    source: str
    family: str
    architecture: str
    settings: Mapping[str, Any]
    examples: int
    steps: int
    batch: int
    rate: float
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    size: int = 32
    vocabulary: int = 0
    max_length: int = 0
    masked_share: float = 0.0


_IMAGE = (
    PretrainRecipe(
        name="glyphs-resnet",
        modality="image",
        source="glyphs",
        family="resnet",
        architecture="resnet18",
        settings={"channels": [24, 48, 64, 96], "layers": [1, 1, 1, 1], "output_stride": 8},
        examples=40_000,
        steps=1800,
        batch=128,
        rate=3e-3,
    ),
    PretrainRecipe(
        name="glyphs-convnext",
        modality="image",
        source="glyphs",
        family="convnext",
        architecture="convnext_atto",
        settings={"depths": [1, 1, 2, 1], "dims": [24, 48, 96, 128], "patch_size": 2},
        examples=40_000,
        steps=2000,
        batch=128,
        rate=3e-3,
    ),
    PretrainRecipe(
        name="textures-regnet",
        modality="image",
        source="textures",
        family="regnet",
        architecture="regnety_002",
        settings={"w0": 24, "wa": 24.0, "wm": 2.0, "depth": 6, "group_size": 24, "stem_width": 16},
        examples=30_000,
        steps=1200,
        batch=128,
        rate=3e-3,
    ),
    PretrainRecipe(
        name="scenes-vit",
        modality="image",
        source="scenes",
        family="vit",
        architecture="vit_tiny_patch16_224",
        settings={
            "img_size": 32,
            "patch_size": 4,
            "embed_dim": 96,
            "depth": 4,
            "num_heads": 3,
            "mlp_ratio": 2,
            "class_token": False,
            "global_pool": "avg",
        },
        examples=30_000,
        steps=800,
        batch=64,
        rate=1e-3,
    ),
    PretrainRecipe(
        name="cells-efficientnet",
        modality="image",
        source="cells",
        family="efficientnet",
        architecture="test_efficientnet",
        settings={"output_stride": 8},
        examples=30_000,
        steps=800,
        batch=128,
        rate=3e-3,
    ),
    PretrainRecipe(
        name="shapes-densenet",
        modality="image",
        source="shapes",
        family="densenet",
        architecture="densenet121",
        settings={"growth_rate": 16, "block_config": [3, 4, 5], "stem_type": "deep"},
        examples=30_000,
        steps=800,
        batch=128,
        rate=3e-3,
    ),
)

_TEXT = (
    PretrainRecipe(
        name="documentation-bert",
        modality="text",
        source="documentation",
        family="bert",
        architecture="bert",
        settings={
            "hidden_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 256,
            "max_position_embeddings": 128,
        },
        examples=40_000,
        steps=600,
        batch=64,
        rate=2e-3,
        vocabulary=5000,
        max_length=64,
        label_smoothing=0.0,
        masked_share=0.1,
    ),
    PretrainRecipe(
        name="messages-distilbert",
        modality="text",
        source="messages",
        family="distilbert",
        architecture="distilbert",
        settings={
            "dim": 128,
            "n_layers": 2,
            "n_heads": 4,
            "hidden_dim": 256,
            "max_position_embeddings": 128,
        },
        examples=40_000,
        steps=600,
        batch=64,
        rate=2e-3,
        vocabulary=2500,
        max_length=64,
        label_smoothing=0.0,
        masked_share=0.1,
    ),
    PretrainRecipe(
        name="documentation-electra",
        modality="text",
        source="documentation",
        family="electra",
        architecture="electra",
        settings={
            "embedding_size": 96,
            "hidden_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "intermediate_size": 256,
            "max_position_embeddings": 128,
        },
        examples=40_000,
        steps=600,
        batch=64,
        rate=2e-3,
        vocabulary=4000,
        max_length=64,
        label_smoothing=0.0,
        masked_share=0.1,
    ),
)

RECIPES: Mapping[str, PretrainRecipe] = {entry.name: entry for entry in (*_IMAGE, *_TEXT)}
"""Every starter model by name."""


def recipe(name: str) -> PretrainRecipe:
    """Return the recipe called ``name``; raises NotFound with the known names."""
    if name not in RECIPES:
        raise NotFound(f"there is no starter model {name!r}; known: {', '.join(sorted(RECIPES))}", field="name")
    return RECIPES[name]
