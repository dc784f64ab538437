"""Tokens per word: how far a tokenizer breaks up the words of the target texts.

Rust, Pfeiffer, Vulic, Ruder, Gurevych: How Good is Your Tokenizer? ACL 2021, https://arxiv.org/abs/2012.15613
(there called fertility).
"""

from __future__ import annotations

import math

import numpy as np

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.similarity.familiarity import checked_familiarity, finite_part

__all__ = ["FragmentationSimilarity"]


class FragmentationSimilarity(Scorer):
    """Minus the tokens per word, ``-sum_i t_i / sum_i w_i`` over the texts; -1 where every word is one token.

    A word that the vocabulary does not know counts one token a character, or a tokenizer that knows nothing would
    look like one that knows all. Needs neither labels nor a fingerprint.
    """

    name = "fragmentation"
    summary = "closeness of the texts to the tokenizer's vocabulary (minus tokens per word)"
    reference = "Rust et al., ACL 2021"
    tasks = ()
    weight = 0.25
    opt_in = True
    needs_familiarity = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return minus the tokens per word with its standard error; raises ScoreUnavailable for images."""
        heard = checked_familiarity(sample)
        tokens, words = (finite_part(part, lacks="tokenizer") for part in (heard.tokens, heard.words))
        if words.sum() <= 0:
            raise ScoreUnavailable("the texts hold no words", field="features")
        ratio = tokens.sum() / words.sum()
        values = -ratio - (tokens - ratio * words) / words.mean()
        return TransferScore(-float(ratio), float(np.std(values) / math.sqrt(len(values))), values)


scorers.register(FragmentationSimilarity.name, FragmentationSimilarity())
