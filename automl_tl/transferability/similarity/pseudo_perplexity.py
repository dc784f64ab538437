"""Pseudo-perplexity: how well the model's own masked-language head predicts the words of the target texts.

Salazar, Liang, Nguyen, Kirchhoff: Masked Language Model Scoring. ACL 2020, https://arxiv.org/abs/1910.14659,
section 2.3 (pseudo-perplexity of a corpus); Kauf, Ivanova: A Better Way to Do Masked Language Model Scoring. ACL
2023, https://arxiv.org/abs/2305.10588 (words of several tokens).
"""

from __future__ import annotations

import math

from automl_tl.errors import ScoreUnavailable
from automl_tl.transferability.base import ProbeSample, Scorer, TransferScore, scorers
from automl_tl.transferability.similarity.familiarity import checked_familiarity, finite_part

__all__ = ["PseudoPerplexitySimilarity"]


class PseudoPerplexitySimilarity(Scorer):
    """Minus the logarithm of the pseudo-perplexity per word: ``sum_w ln P(w | the other words) / W``.

    The paper divides by the number of tokens N, ``PPPL = exp(-sum_t ln P(t | the other tokens) / N)``, which
    compares models with one tokenizer only: one that breaks words up has more tokens, most of them easy. Words are
    the same for all, so W counts them (punctuation marks are words). For the same reason ln P(w) is the sum over
    the tokens of w from left to right with the later ones hidden (Kauf and Ivanova): where each is hidden alone,
    its neighbours give it away. A character of a word outside the vocabulary is as probable as a token drawn at
    random. Tokenizers that fold upper and lower case have less to predict. Needs neither labels nor a fingerprint.
    0, where every word is certain, is the best value.
    """

    name = "pseudo_perplexity"
    summary = (
        "probability of the texts' words to the model's masked-language head (minus the log pseudo-perplexity)"
    )
    reference = "Salazar et al., ACL 2020, sec. 2.3; Kauf and Ivanova, ACL 2023"
    tasks = ()
    weight = 0.25
    opt_in = True
    needs_familiarity = True
    needs_hidden_words = True

    def score(self, sample: ProbeSample) -> TransferScore:
        """Return the mean log likelihood of a word in nats with its standard error over texts.

        The contributions are there where every example was asked about, so that the ranking can resample them.
        Raises ScoreUnavailable for models without a masked-language head.
        """
        heard = checked_familiarity(sample)
        if heard.no_likelihoods:
            raise ScoreUnavailable(f"not applicable: {heard.no_likelihoods}", field="familiarity")
        sums, words = (
            finite_part(part, lacks="answers of a masked-language head")
            for part in (heard.word_likelihoods, heard.likely_words)
        )
        if words.sum() <= 0:
            raise ScoreUnavailable("the texts hold no words", field="features")
        value = sums.sum() / words.sum()
        terms = value + (sums - value * words) / words.mean()
        aligned = len(terms) == len(sample.labels)
        return TransferScore(float(value), float(terms.std() / math.sqrt(len(terms))), terms if aligned else None)


scorers.register(PseudoPerplexitySimilarity.name, PseudoPerplexitySimilarity())
