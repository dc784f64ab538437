"""How probable words are to a masked language model."""

import math

import numpy as np
import pytest
import torch

from automl_tl.errors import Cancelled
from automl_tl.one_thread import on_one_thread
from automl_tl.probe import word_likelihood as module
from automl_tl.probe.word_likelihood import word_likelihoods
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_tokenizer, write_masked_lm_folder
from automl_tl.zoo.masked_lm import MaskedLanguageModel

CPU = torch.device("cpu")
MASK = 4
NUMBER = {word: 5 + place for place, word in enumerate(TINY_WORDS)}


class Listener:
    """Answers with a fixed probability per token and remembers what it was asked."""

    vocabulary_size = 100

    def __init__(self, chance=0.5):
        self.chance, self.asked = chance, []

    def log_probabilities(self, ids, mask, places, tokens):
        self.asked += [
            (row[seen.bool()].tolist(), place, token)
            for row, seen, place, token in zip(ids, mask, places.tolist(), tokens.tolist(), strict=True)
        ]
        return torch.full((len(ids),), math.log(self.chance), dtype=torch.float64)


def heard(model, texts, **options):
    return word_likelihoods(model, tiny_tokenizer(), texts, device=CPU, **options)


def test_the_tokens_of_a_word_are_hidden_from_left_to_right():
    """Each time the later ones, too; other words stay in sight."""
    model = Listener()
    sums, words = heard(model, ["the goals"])
    the, goal, rest = NUMBER["the"], NUMBER["goal"], NUMBER["##s"]
    assert sorted(model.asked) == sorted(
        [
            ([2, MASK, goal, rest, 3], 1, the),
            ([2, the, MASK, MASK, 3], 2, goal),
            ([2, the, goal, MASK, 3], 3, rest),
        ]
    )
    assert sums.tolist() == pytest.approx([3 * math.log(0.5)])
    assert words.tolist() == [2]


def test_known_frequencies_give_a_known_likelihood(tmp_path):
    """A head that ignores the text and says the frequency of each token."""
    network = write_masked_lm_folder(tmp_path)
    frequency = torch.arange(1.0, 45.0) / torch.arange(1.0, 45.0).sum()
    with torch.no_grad():
        network.bert.embeddings.word_embeddings.weight.zero_()
        network.cls.predictions.bias.copy_(frequency.log())
    sums, words = heard(MaskedLanguageModel(network), ["goals , good", "the"])
    log = {word: math.log(frequency[number].item()) for word, number in NUMBER.items()}
    assert sums.tolist() == pytest.approx([log["goal"] + log["##s"] + log[","] + log["good"], log["the"]])
    assert words.tolist() == [3, 1]


def test_an_unknown_word_is_as_probable_as_chance():
    """Per character, and nobody is asked."""
    model = Listener()
    sums, words = heard(model, ["xyzzy"])
    assert sums.tolist() == pytest.approx([-5 * math.log(100)])
    assert (words.tolist(), model.asked) == ([1], [])


def test_a_text_without_words_says_nothing():
    """Neither for nor against."""
    sums, words = heard(Listener(), ["", "the goal"])
    assert sums.tolist() == pytest.approx([0, 2 * math.log(0.5)])
    assert words.tolist() == [0, 2]


def test_a_draw_of_words_stands_for_a_long_text(monkeypatch):
    """The same for the same seed, with the mean of all words for its own."""
    monkeypatch.setattr(module, "_TOKENS", 4)
    asked = []
    for seed in (0, 0, 1):
        model = Listener()
        sums, words = heard(model, ["the goal and the storm near a stadium"], seed=seed)
        assert sums.tolist() == pytest.approx([8 * math.log(0.5)])
        assert words.tolist() == [8]
        asked.append(model.asked)
    assert len(asked[0]) == 4
    assert asked[0] == asked[1] != asked[2]


def test_words_of_many_tokens_are_drawn_as_often(monkeypatch):
    """Skipping them where they do not fit would make a text look easier than it is."""
    monkeypatch.setattr(module, "_TOKENS", 3)
    drawn = []
    for seed in range(200):
        model = Listener()
        heard(model, ["goals the a and"], seed=seed)
        drawn.append(any(token == NUMBER["##s"] for *_, token in model.asked))
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.1)


def test_batches_do_not_matter(monkeypatch, network):
    """Padding is hidden from the model."""
    model = MaskedLanguageModel(network)
    texts = ["the storm near a stadium", "good", "the drummer and the goals"]
    whole = heard(model, texts)[0]
    monkeypatch.setattr(module, "_BATCH", 2)
    np.testing.assert_allclose(heard(model, texts)[0], whole, atol=1e-4)


@pytest.fixture
def network(tmp_path):
    """A masked language model of random weights."""
    return write_masked_lm_folder(tmp_path, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


def train(network, steps):
    """Let it predict hidden words of sentences of one pattern."""
    rng = np.random.default_rng(0)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(steps):
        ids = torch.from_numpy(tiny_tokenizer().batch([sentence(rng) for _ in range(32)])[0])
        hidden = (torch.from_numpy(rng.random(ids.shape)) < 0.3) & (ids > MASK)
        labels = ids.masked_fill(~hidden, -100)
        network(input_ids=ids.masked_fill(hidden, MASK), labels=labels).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


def sentence(rng):
    first, second = rng.choice(["melody", "guitar", "chorus", "drummer", "concert"], 2)
    return f"note about the {first} and the {second} near a stadium"


def test_shuffled_words_are_less_probable_than_sentences(network):
    """To a network that was pretrained on such sentences."""
    with on_one_thread():
        train(network, steps=60)
    model, rng = MaskedLanguageModel(network.eval()), np.random.default_rng(1)
    sentences = [sentence(rng) for _ in range(6)]
    shuffled = [" ".join(rng.permutation(text.split())) for text in sentences]
    usual, odd = (heard(model, texts)[0] for texts in (sentences, shuffled))
    assert (usual > odd + 5.0).all()


def test_stops_when_asked():
    """Before the next batch."""
    with pytest.raises(Cancelled):
        heard(Listener(), ["the goal"], cancelled=lambda: True)
