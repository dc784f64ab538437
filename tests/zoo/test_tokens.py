"""Texts become tokens, and tokens know their words."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_tokenizer
from automl_tl.zoo.tokens import TextTokenizer


def test_batches_are_padded_to_their_longest_text():
    """And the padding is masked."""
    ids, mask = tiny_tokenizer().batch(["the storm", "a melody and a guitar"])
    assert ids.shape == mask.shape == (2, 7)
    assert mask.sum(axis=1).tolist() == [4, 7]
    assert (ids[0, 4:] == 0).all()


def test_long_texts_are_cut_at_the_limit():
    """Special tokens count and stay."""
    ids, _ = tiny_tokenizer(max_length=8).batch(["storm " * 50])
    assert ids.shape == (1, 8)
    assert ids[0, -1] == 3


def test_an_empty_text_still_has_a_visible_token():
    """Attention and mean need one, also without special tokens."""
    bare = Tokenizer(models.WordLevel({"[PAD]": 0, "x": 1, "[UNK]": 2}, unk_token="[UNK]"))
    bare.pre_tokenizer = pre_tokenizers.Whitespace()
    _, mask = TextTokenizer(bare, max_length=4, special={}).batch(["", "x x"])
    assert mask.tolist() == [[1, 0], [1, 1]]


def test_words_know_their_tokens_and_characters():
    """Pieces of one word belong together, punctuation stands alone, apostrophes join."""
    text = "Playing goals, the storm's thunder!"
    spans = tiny_tokenizer().word_spans(text)
    assert [span.text for span in spans] == ["Playing", "goals", ",", "the", "storm's", "thunder", "!"]
    assert [span.tokens for span in spans] == [(1, 2), (3, 4), (5,), (6,), (7, 8, 9), (10,), (11,)]
    assert all(text[span.start : span.end] == span.text for span in spans)


def test_words_beyond_the_limit_are_left_out():
    """Only what the model sees can be explained."""
    spans = tiny_tokenizer(max_length=5).word_spans("the storm near a stadium")
    assert [span.text for span in spans] == ["the", "storm", "near"]


def test_scripts_without_spaces_count_by_character():
    """Otherwise a whole sentence would be one word."""
    assert [span.text for span in tiny_tokenizer().word_spans("嵐 thunder")] == ["嵐", "thunder"]
    assert [span.text for span in tiny_tokenizer().word_spans("雷雨thunder")] == ["雷", "雨", "thunder"]


def test_a_byte_level_tokenizer_keeps_words_apart():
    """Its tokens carry the space before the word."""
    bytes_ = {char: number for number, char in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(bytes_, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    spans = TextTokenizer(tokenizer, max_length=64, special={}).word_spans("go é now")
    assert [span.text for span in spans] == ["go", "é", "now"]
    assert sorted(token for span in spans for token in span.tokens) == list(range(9))


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_every_visible_token_belongs_to_exactly_one_word(text):
    """Hiding all words hides all there is."""
    tokenizer = tiny_tokenizer(max_length=64)
    spans = tokenizer.word_spans(text)
    tokens = [token for span in spans for token in span.tokens]
    _, mask = tokenizer.batch([text])
    assert tokens == list(range(1, int(mask.sum()) - 1))
    assert all(first.end <= second.start for first, second in pairwise(spans))


def test_lower_casing_keeps_character_positions():
    """A letter that grows when lowered stays as it is."""
    plain = Tokenizer(models.WordLevel({"[UNK]": 0, "storm": 1}, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = TextTokenizer(plain, max_length=8, lowercase=True, special={})
    assert tokenizer.batch(["STORM"])[0].tolist() == [[1]]
    assert [span.text for span in tokenizer.word_spans("İİ STORM")] == ["İİ", "STORM"]


def test_saved_files_are_read_back(tmp_path):
    """Same tokens, same padding and mask."""
    tokenizer = tiny_tokenizer()
    tokenizer.save(tmp_path)
    again = TextTokenizer.from_directory(tmp_path, max_length=16)
    assert again.batch(["the storm"])[0].tolist() == tokenizer.batch(["the storm"])[0].tolist()
    assert (again.pad_token_id, again.mask_token_id) == (0, 4)


def test_special_tokens_are_named_by_the_files(tmp_path):
    """Also in the older form with an object per token."""
    tiny_tokenizer().save(tmp_path)
    config = {"mask_token": {"content": "thunder"}, "pad_token": "storm"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = TextTokenizer.from_directory(tmp_path, max_length=16)
    assert tokenizer.batch(["thunder storm"])[0][0, 1:3].tolist() == [
        tokenizer.mask_token_id,
        tokenizer.pad_token_id,
    ]


def test_a_tokenizer_without_mask_says_so():
    """Explanations then hide words in another way."""
    bare = Tokenizer(models.WordLevel({"x": 0}, unk_token="x"))
    tokenizer = TextTokenizer(bare, max_length=4, special={})
    assert tokenizer.mask_token_id is None
    assert tokenizer.pad_token_id == 0


def test_what_the_vocabulary_lacks_has_an_id():
    """None where every byte can be spelt."""
    tokenizer = tiny_tokenizer()
    assert tokenizer.batch(["xyzzy"])[0][0, 1] == tokenizer.unknown_token_id
    spelling = Tokenizer(models.BPE({"x": 0}, []))
    assert TextTokenizer(spelling, max_length=4, special={}).unknown_token_id is None


@pytest.mark.parametrize(("content", "reason"), [(None, "no tokenizer.json"), ("{", "cannot be read")])
def test_missing_or_damaged_files_are_named(tmp_path, content, reason):
    """The model is unavailable, with the file's name."""
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelUnavailable, match=reason):
        TextTokenizer.from_directory(tmp_path, max_length=8)
