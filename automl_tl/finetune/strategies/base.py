"""What a fine-tuning strategy decides: which parameters train, how fast, and where its recipe starts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from torch import nn

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.objective import CrossEntropy, Objective
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.registry import Registry
from automl_tl.zoo.card import ModelCard

__all__ = ["ParameterGroup", "Strategy", "block_groups", "head_group", "strategies"]


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a rate: ``multiple`` times the recipe's ``learning_rate``, > 0.

    ``start`` is the share of the run, in [0, 1), up to which they are frozen. ``anchor`` >= 0 is the strength of a
    pull towards the values from which they start, which replaces weight decay where it is not 0.
    """

    name: str
    parameters: tuple[nn.Parameter, ...]
    multiple: float
    start: float = 0.0
    anchor: float = 0.0


class Strategy(ABC):
    """One way to adapt a backbone; one file and one registration each."""

    name: str
    summary: str
    """One sentence for people."""
    parameters: tuple[str, ...]
    """Names of the recipe's hyperparameters that this strategy looks at."""
    tasks: tuple[str, ...] = ("classification", "multilabel", "regression")
    """Tasks that it can learn."""
    trains_by_gradient = True
    """False if the head is solved on embeddings of the pretrained backbone."""
    refits_head = False
    """True if training leaves the head alone: at every look it is then solved on the embeddings of that moment."""
    pretrained = True
    """False if :meth:`prepare` throws the pretrained weights away: what is trained has then nothing of them."""

    def prepare(self, classifier: Classifier, recipe: Recipe, *, seed: int) -> None:
        """Add to the network in place what training needs, such as adapters.

        The outputs of a ``pretrained`` strategy's network must stay the same.
        """
        return

    def plain(self, classifier: Classifier) -> Classifier:
        """Return the classifier to save: itself, or a copy without what :meth:`prepare` added."""
        return classifier

    def objective(self, recipe: Recipe) -> Objective:
        """Return what training minimises."""
        return CrossEntropy.of(recipe)

    @abstractmethod
    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the parameters to train; whatever stands in no group is frozen and stays bit-identical."""

    @abstractmethod
    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the hyperparameters to try first for this model and number of training examples."""

    def default_recipe(self, card: ModelCard, n_train: int) -> Recipe:
        """Return the recipe to try first."""
        return Recipe.from_parameters(self.name, self.defaults(card, n_train))


def head_group(classifier: Classifier, recipe: Recipe) -> ParameterGroup:
    """Return the head with its own rate."""
    return ParameterGroup("head", tuple(classifier.head.parameters()), recipe.head_multiplier)


def block_groups(classifier: Classifier, recipe: Recipe, *, first: int = 0) -> tuple[ParameterGroup, ...]:
    """Return the blocks from ``first`` on; the rate falls by ``layer_decay`` per block towards the input."""
    blocks = classifier.backbone.blocks()
    return tuple(
        ParameterGroup(block.name, block.parameters, recipe.layer_decay ** (len(blocks) - 1 - index))
        for index, block in enumerate(blocks)
        if index >= first and block.parameters
    )


_BUILTIN = (
    "linear_probe",
    "probe_then_finetune",
    "full",
    "partial",
    "gradual",
    "l2_sp",
    "lora",
    "norm_and_bias",
    "contrastive",
    "from_scratch",
)


def _load_builtin() -> None:
    for name in _BUILTIN:
        import_module(f"automl_tl.finetune.strategies.{name}")


strategies: Registry[Strategy] = Registry("strategy", _load_builtin)
