"""What a model itself tells of how familiar the target data is to it; loads no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Familiarity"]


@dataclass(frozen=True)
class Familiarity:
    """Evidence on the source domain that needs no data of it; each part is None where the model has none.

    Attributes
    ----------
    batch_norm
        float64 (L,), >= 0: divergence of the target's statistics from the running ones, per normalisation layer in
        the order in which the network applies them.
    negative_energy
        float64 (M,): log-sum-exp of the source head's logits, minus the logarithm of their number.
    tokens, words
        float64 (M,): tokens that the words of each text take, and its words. A word the vocabulary does not know
        counts one token a character.
    word_likelihoods, likely_words
        float64 (K,), of some of the texts: the sum over its words of ``ln P(word | the other words)`` by the head
        that predicts hidden words, estimated from a draw of its words, and how many words it has.
    no_likelihoods
        Why there are none although they were asked for; "" otherwise.
    """

    batch_norm: NDArray[np.float64] | None = None
    negative_energy: NDArray[np.float64] | None = None
    tokens: NDArray[np.float64] | None = None
    words: NDArray[np.float64] | None = None
    word_likelihoods: NDArray[np.float64] | None = None
    likely_words: NDArray[np.float64] | None = None
    no_likelihoods: str = ""
