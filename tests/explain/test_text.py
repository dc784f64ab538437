"""Words of a text as a coalition game on token ids."""

import numpy as np
import torch

from automl_tl.explain.text import WordGame


def test_hidden_words_become_mask_tokens_and_specials_stay(text_model):
    """Only the ids of hidden words change; lengths and special tokens do not."""
    game = WordGame(text_model(), "good bad movie")
    original = game.batch(np.ones((1, 3), dtype=bool))["input_ids"][0]
    masked = game.batch(np.array([[True, False, True]]))["input_ids"][0]
    assert game.feature_names == ("good", "bad", "movie")
    changed = torch.nonzero(original != masked).flatten().tolist()
    assert changed == [2]
    assert masked[2] == text_model().backbone.mask_token_id
    assert masked[0] == original[0]
    assert masked[-1] == original[-1]


def test_value_equals_the_model_on_the_same_ids(text_model):
    """Showing everything gives the model's own logits."""
    model = text_model()
    game = WordGame(model, "good bad movie good")
    logits = game.value(np.array([[True] * 4, [False] * 4]))
    assert np.allclose(logits[0], model.logits(["good bad movie good"])[0])
    assert np.allclose(logits[1], 0.0)


def test_words_cut_off_by_truncation_are_no_features(text_model):
    """The model saw four words, so four words share the credit."""
    game = WordGame(text_model(max_words=4), "good good bad bad bad bad")
    assert game.n_features == 4


def test_without_a_mask_token_words_leave_the_attention_mask(text_model):
    """The baseline says so."""
    game = WordGame(text_model(mask_token=None), "good bad")
    batch = game.batch(np.array([[False, True]]))
    assert batch["attention_mask"].tolist() == [[1, 0, 1, 1]]
    assert game.baseline == "hidden from attention"


def test_an_empty_text_has_no_words(text_model):
    """Specials alone still give logits."""
    game = WordGame(text_model(), "")
    assert game.n_features == 0
    assert game.value(np.ones((2, 0), dtype=bool)).shape == (2, 2)
