"""The starter encoders' own tokenizers: lower-cased WordPiece learnt from the source domain."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

__all__ = ["MASK", "PAD", "train_tokenizer"]

PAD, _UNKNOWN, _CLS, _SEP, MASK = range(5)
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> Tokenizer:
    """Return a WordPiece tokenizer (Schuster and Nakajima, 2012) of at most ``vocabulary`` entries.

    It adds ``[CLS]`` and ``[SEP]`` around every text; the same texts give the same tokenizer.
    """
    tokenizer = Tokenizer(models.WordPiece(unk_token=_SPECIAL[_UNKNOWN]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=_SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", _CLS), ("[SEP]", _SEP)]
    )
    return tokenizer
