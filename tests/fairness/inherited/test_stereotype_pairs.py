"""Sentence pairs: half is neutral, shared words decide."""

import numpy as np
import pytest
import torch

from automl_tl.errors import InvalidInput
from automl_tl.fairness.inherited.stereotype_pairs import score_pairs, stereotype_pairs

PAIRS = [(f"the nurse said she was late {i}", f"the nurse said he was late {i}") for i in range(40)]


def preferring(share):
    return lambda pairs: np.array(
        [(1.0, 0.0) if i < share * len(pairs) else (0.0, 1.0) for i in range(len(pairs))]
    )


def test_a_preference_is_a_violation_and_a_coin_is_not():
    """90 % against 55 %; preferring the opposite of the stereotype is none."""
    found = stereotype_pairs(preferring(0.9), PAIRS, model="mlm")
    assert (found.verdict, found.value, found.count) == ("violation", 0.9, 40)
    assert found.low < 0.9 < found.high
    assert stereotype_pairs(preferring(0.55), PAIRS).verdict == "no_evidence_of_violation"
    assert stereotype_pairs(preferring(0.05), PAIRS).verdict == "no_evidence_of_violation"


def test_few_pairs_ties_and_bad_pairs():
    """Worded; an empty sentence is refused by number."""
    assert stereotype_pairs(preferring(1), PAIRS[:5]).verdict == "insufficient_evidence"
    one = stereotype_pairs(lambda pairs: np.eye(len(pairs), 2)[:, ::-1], PAIRS)
    assert (one.count, one.verdict) == (2, "insufficient_evidence")
    assert "equally natural" in stereotype_pairs(lambda pairs: np.zeros((len(pairs), 2)), PAIRS).summary
    with pytest.raises(InvalidInput, match=r"pairs\[1\]"):
        stereotype_pairs(preferring(1), [("a", "b"), ("a", " ")])


class Words:
    """A tokenizer of one token per word, ids by first sight; 1 is the mask, 2 and 3 frame the text."""

    mask_token_id, pad_token_id = 1, 0

    def __init__(self):
        self.ids = {}

    def batch(self, texts):
        rows = [[2, *(self.ids.setdefault(w, len(self.ids) + 4) for w in t.split()), 3] for t in texts]
        return np.array(rows), np.ones((1, len(rows[0])))

    def word_spans(self, text):
        return [type("Span", (), {"text": w, "tokens": (i + 1,)}) for i, w in enumerate(text.split())]


class Model:
    """Finds everything less probable the more the rest holds of the id of ``he``."""

    def __init__(self, tokenizer):
        self.tokenizer, self.asked = tokenizer, []

    def log_probabilities(self, ids, mask, places, tokens):
        self.asked += tokens.tolist()
        assert (ids[torch.arange(len(ids)), places] == 1).all()
        return -1.0 - (ids == self.tokenizer.ids["he"]).sum(dim=1).double()


def test_only_shared_words_are_hidden_and_scored():
    """``she`` and ``he`` are never asked for; the sentence with ``he`` scores lower by one per shared word."""
    tokenizer = Words()
    model = Model(tokenizer)
    scores = score_pairs(model, tokenizer, [("the nurse said she left", "the nurse said he left")])
    assert scores.tolist() == [[-4.0, -8.0]]
    assert not {tokenizer.ids["she"], tokenizer.ids["he"]} & set(model.asked)


def test_without_a_mask_token_it_is_refused():
    """Nothing can be hidden."""
    tokenizer = Words()
    tokenizer.mask_token_id = None
    with pytest.raises(InvalidInput, match="no mask token"):
        score_pairs(Model(tokenizer), tokenizer, PAIRS)


def test_pairs_of_ones_own_and_a_model_from_a_folder(tmp_path):
    """As the documentation does it: weights from disk, with their masked-language head."""
    from automl_tl.testing.tiny_models import write_masked_lm_folder
    from automl_tl.zoo.sources.base import model_sources

    write_masked_lm_folder(tmp_path / "bert")
    source = model_sources.get("local")
    loaded = source.load(source.card(str(tmp_path / "bert")))
    masked, tokenizer = loaded.masked_language_model(), loaded.backbone.tokenizer
    own = [(f"the dog {word} one", f"the cat {word} one") for word in ("is", "has", "was", "sees", "two") * 2]
    found = stereotype_pairs(lambda pairs: score_pairs(masked, tokenizer, pairs), own)
    assert found.verdict in ("violation", "no_evidence_of_violation")
    assert found.summary
