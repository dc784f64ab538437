"""The starter encoders' own tokenizers: lower-cased byte-pair encoding learnt from the source domain."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

__all__ = ["MASK", "PAD", "train_tokenizer"]

PAD, _UNKNOWN, _CLS, _SEP, MASK = range(5)
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> Tokenizer:
    """Return a byte-pair tokenizer (Sennrich et al., 2016) of at most ``vocabulary`` entries.

    It adds ``[CLS]`` and ``[SEP]`` around every text; the same texts give the same tokenizer. (WordPiece
    training in the tokenizers library numbers its ``##`` pieces in the order of a hash map, so it does not.)
    """
    tokenizer = Tokenizer(models.BPE(unk_token=_SPECIAL[_UNKNOWN]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    # Words and punctuation apart, each marked at its start: "is late?" -> _is _late _?
    words = [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(words)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=_SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(sorted(set(texts)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", _CLS), ("[SEP]", _SEP)]
    )
    return tokenizer
