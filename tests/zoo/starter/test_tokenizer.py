"""Training a WordPiece tokenizer."""

from automl_tl.zoo.starter.tokenizer import MASK, PAD, train_tokenizer

TEXTS = ["the parcel is late", "the kettle is broken", "a late parcel and a broken kettle"] * 5


def test_special_tokens_have_fixed_places():
    """The encoders' configurations and the masked loss rely on them."""
    tokenizer = train_tokenizer(TEXTS, 200)
    assert tokenizer.token_to_id("[PAD]") == PAD == 0
    assert tokenizer.token_to_id("[MASK]") == MASK
    encoded = tokenizer.encode("the parcel")
    assert encoded.tokens[0] == "[CLS]"
    assert encoded.tokens[-1] == "[SEP]"


def test_training_does_not_depend_on_order_or_repetition():
    """The same set of texts gives the same file."""
    assert train_tokenizer(TEXTS, 200).to_str() == train_tokenizer(TEXTS[::-1] * 2, 200).to_str()


def test_case_does_not_matter():
    """Customers shout."""
    tokenizer = train_tokenizer(TEXTS, 200)
    assert tokenizer.encode("THE Parcel").ids == tokenizer.encode("the parcel").ids


def test_the_vocabulary_is_bounded():
    """Never more entries than asked for."""
    assert train_tokenizer(TEXTS, 40).get_vocab_size() <= 40
