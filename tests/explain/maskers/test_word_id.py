"""Words of a text, hidden on token ids."""

import numpy as np
import torch

from automl_tl.explain.maskers.word_id import WordId, cut_off


def words(model, text, **options):
    return WordId(model.backbone, text, **options)


def test_hidden_words_become_mask_tokens_and_specials_stay(text_model):
    """Only the ids of hidden words change; lengths and special tokens do not."""
    masker = words(text_model(), "good bad movie")
    original = masker.batch(np.ones((1, 3), dtype=bool))["input_ids"][0]
    masked = masker.batch(np.array([[True, False, True]]))["input_ids"][0]
    assert masker.feature_names == ("good", "bad", "movie")
    assert torch.nonzero(original != masked).flatten().tolist() == [2]
    assert masked[2] == text_model().backbone.mask_token_id
    assert (masked[0], masked[-1]) == (original[0], original[-1])


def test_words_cut_off_by_truncation_are_no_features(text_model):
    """The model saw four words, so four words share the credit."""
    text = "good good bad bad bad movie"
    masker = words(text_model(max_words=4), text)
    assert masker.n_features == 4
    assert cut_off(masker.words, text) == "bad movie"
    assert cut_off((), "   ") == ""


def test_without_a_mask_token_words_leave_the_attention_mask(text_model):
    """The baseline says so, and there is no other."""
    masker = words(text_model(mask_token=None), "good bad")
    assert masker.batch(np.array([[False, True]]))["attention_mask"].tolist() == [[1, 0, 1, 1]]
    assert masker.baseline == "hidden from attention"
    assert masker.other_baseline() is None


def test_the_other_baseline_hides_from_attention(text_model):
    """Ids stay, and back again."""
    masker = words(text_model(), "good bad")
    other = masker.other_baseline()
    batch = other.batch(np.array([[False, True]]))
    assert batch["attention_mask"].tolist() == [[1, 0, 1, 1]]
    assert torch.equal(batch["input_ids"], masker.batch(np.ones((1, 2), dtype=bool))["input_ids"])
    assert other.other_baseline().baseline == "mask token"


def test_a_sentence_is_hidden_as_a_whole(text_model):
    """Features may be any runs of words; words outside all of them always stay."""
    text = "good bad . movie good"
    masker = words(text_model(), text).with_features([(0, 10)])
    assert masker.feature_names == ("good bad .",)
    ids = masker.batch(np.array([[False]]))["input_ids"][0].tolist()
    assert ids == [1, 3, 3, 3, 6, 4, 2]
    assert masker.owner.tolist() == [-1, 0, 0, 0, -1, -1, -1]


def test_coarser_features_are_sentences(text_model):
    """As many as fit, in the order of the text."""
    text = "good bad. movie good. bad."
    masker = words(text_model(), text)
    assert masker.coarser(3).feature_names == ("good bad.", "movie good.", "bad.")
    assert masker.coarser(2).n_features == 2
    assert masker.coarser(99) is masker


def test_an_empty_text_has_no_words(text_model):
    """Specials alone are still an input."""
    masker = words(text_model(), "")
    assert masker.n_features == 0
    assert masker.batch(np.ones((2, 0), dtype=bool))["input_ids"].tolist() == [[1, 2], [1, 2]]


def test_sub_word_tokens_of_one_word_go_together():
    """With a real tokenizer every token that is not special belongs to its word."""
    from automl_tl.testing.tiny_models import TINY_WORDS, tiny_tokenizer

    class Backbone:
        tokenizer = tiny_tokenizer(max_length=32)
        mask_token_id = tokenizer.mask_token_id

        def word_spans(self, text):
            return self.tokenizer.word_spans(text)

        def preprocess(self, texts):
            ids, mask = self.tokenizer.batch(texts)
            return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    text = f"{TINY_WORDS[0]} {TINY_WORDS[1]}, {TINY_WORDS[2]}"
    masker = WordId(Backbone(), text)
    hidden = masker.batch(np.zeros((1, masker.n_features), dtype=bool))["input_ids"][0].numpy()
    assert (hidden[masker.owner >= 0] == Backbone.mask_token_id).all()
    assert (hidden[masker.owner < 0] != Backbone.mask_token_id).all()
