"""Norm and bias tuning: only the vectors of the backbone train, its matrices and kernels stay frozen.

Ben Zaken et al., BitFit: Simple Parameter-efficient Fine-tuning for Transformer-based Masked Language-models, ACL
2022; Cai et al., TinyTL: Reduce Memory, Not Parameters for Efficient On-Device Learning, NeurIPS 2020; Frankle et
al., Training BatchNorm and Only BatchNorm, ICLR 2021.
"""

from __future__ import annotations

from collections.abc import Mapping

from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.recipe import Recipe, Scalar
from automl_tl.finetune.strategies.base import ParameterGroup, Strategy, head_group, strategies
from automl_tl.finetune.strategies.rates import FEW_WEIGHTS_PARAMETERS, few_weights_defaults
from automl_tl.zoo.card import ModelCard

__all__ = ["NormAndBias"]

_HIGHEST_RATE = 1e-2


class NormAndBias(Strategy):
    """Trains biases, the gains of norms, layer scales, and the head: a few thousand numbers."""

    name = "norm_and_bias"
    summary = "Keep every matrix and kernel and train only norms, biases and the head."
    parameters = FEW_WEIGHTS_PARAMETERS

    def parameter_groups(self, classifier: Classifier, recipe: Recipe) -> tuple[ParameterGroup, ...]:
        """Return the backbone's vectors and the head."""
        vectors = tuple(parameter for parameter in classifier.backbone.parameters() if parameter.ndim <= 1)
        return (ParameterGroup("norms and biases", vectors, 1.0), head_group(classifier, recipe))

    def defaults(self, card: ModelCard, n_train: int) -> Mapping[str, Scalar]:
        """Return the first guess of full fine-tuning with a higher rate."""
        return few_weights_defaults(card, n_train, highest_rate=_HIGHEST_RATE)


strategies.register(NormAndBias.name, NormAndBias())
