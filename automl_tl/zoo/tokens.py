"""Text to tokens: a fast tokenizer read from a directory, and the words its tokens stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from automl_tl.errors import ModelUnavailable

__all__ = ["TextTokenizer", "WordSpan"]

# Scripts without spaces (kana, Han) count one word a character; apostrophes and hyphens join a word.
_UNSPACED = r"[\u3040-\u30ff\u3400-\u9fff]"
_WORD = re.compile(rf"{_UNSPACED}|(?:(?!{_UNSPACED})\w)+(?:['\u2019-](?:(?!{_UNSPACED})\w)+)*|[^\w\s]+")
_COMMON_NAMES = {"pad_token": ("[PAD]", "<pad>", "<|padding|>"), "mask_token": ("[MASK]", "<mask>")}


@dataclass(frozen=True)
class WordSpan:
    """One word of a text and where its tokens stand.

    Attributes
    ----------
    text
        The word as written.
    start, end
        Character span in the text, end exclusive.
    tokens
        Positions in ``input_ids``, ascending; only those that survive truncation, at least one.
    """

    text: str
    start: int
    end: int
    tokens: tuple[int, ...]


class TextTokenizer:
    """A fast tokenizer with truncation and padding to the longest text of a batch.

    Parameters
    ----------
    tokenizer
        Tokenizer of the ``tokenizers`` library; its post-processor adds the special tokens.
    max_length
        Most tokens of one text, special tokens included.
    lowercase
        Lower-case the text first, for tokenizers that do not do so themselves.
    special
        ``pad_token`` and ``mask_token`` where the tokenizer's files name them.
    """

    def __init__(
        self, tokenizer: Tokenizer, *, max_length: int, lowercase: bool = False, special: dict[str, str]
    ) -> None:
        self._tokenizer = Tokenizer.from_str(tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length)
        self._lowercase = lowercase
        self._special = {
            role: token for role in _COMMON_NAMES if (token := self._find(role, special.get(role, "")))
        }

    @classmethod
    def from_directory(cls, directory: Path, *, max_length: int, lowercase: bool = False) -> TextTokenizer:
        """Read ``tokenizer.json`` and, where present, ``tokenizer_config.json``; raises ModelUnavailable."""
        path = directory / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelUnavailable("the model has no tokenizer.json; save its fast tokenizer there") from None
        except Exception as error:  # the tokenizers library raises bare Exception for a bad file
            raise ModelUnavailable(f"tokenizer.json cannot be read: {error}") from error
        return cls(tokenizer, max_length=max_length, lowercase=lowercase, special=_read_special(directory))

    @property
    def pad_token_id(self) -> int:
        """Id that fills short texts; 0 where the tokenizer names none (padding is masked anyway)."""
        return self._id("pad_token") or 0

    @property
    def mask_token_id(self) -> int | None:
        """Id that stands for a hidden word, or None where the tokenizer has no mask token."""
        return self._id("mask_token")

    @property
    def unknown_token_id(self) -> int | None:
        """Id that stands for what the vocabulary lacks, or None where it can spell everything or names none."""
        token = getattr(self._tokenizer.model, "unk_token", None)
        return self._tokenizer.token_to_id(token) if isinstance(token, str) else None

    def batch(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return ``input_ids`` and ``attention_mask``, int64 (B, T), T = longest text of the batch, >= 1."""
        encodings = self._tokenizer.encode_batch([self._text(text) for text in texts])
        width = max([1, *(len(encoding.ids) for encoding in encodings)])
        ids = np.full((len(encodings), width), self.pad_token_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            # An empty text may have no token at all; one visible pad keeps attention and mean defined.
            mask[row, : max(length, 1)] = 1
        return ids, mask

    def word_spans(self, text: str) -> list[WordSpan]:
        """Return the words of a text, in order, that keep at least one token after truncation.

        Words that share a token are joined; every token that is not special belongs to exactly one word.
        """
        encoding = self._tokenizer.encode(self._text(text))
        words = [match.span() for match in _WORD.finditer(text)]
        groups = _assign_tokens(words, encoding, text)
        return [WordSpan(text[start:end], start, end, tuple(tokens)) for start, end, tokens in groups]

    def save(self, directory: Path) -> None:
        """Write ``tokenizer.json`` and ``tokenizer_config.json``."""
        (directory / "tokenizer.json").write_text(self._tokenizer.to_str(), encoding="utf-8")
        config = {"tokenizer_class": "PreTrainedTokenizerFast", **self._special}
        (directory / "tokenizer_config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")

    def _text(self, text: str) -> str:
        if not self._lowercase:
            return text
        # Some letters grow when lowered; those stay as they are, so that character positions keep their meaning.
        return "".join(low if len(low := char.lower()) == 1 else char for char in text)

    def _find(self, role: str, named: str) -> str:
        candidates = (named, *_COMMON_NAMES[role])
        return next((name for name in candidates if name and self._tokenizer.token_to_id(name) is not None), "")

    def _id(self, role: str) -> int | None:
        token = self._special.get(role)
        return None if token is None else self._tokenizer.token_to_id(token)


def _read_special(directory: Path) -> dict[str, str]:
    path = directory / "tokenizer_config.json"
    if not path.is_file():
        return {}
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelUnavailable(f"tokenizer_config.json is not JSON: {error}") from error
    found = {}
    for role in _COMMON_NAMES:
        value = config.get(role)
        token = value.get("content") if isinstance(value, dict) else value
        if isinstance(token, str):
            found[role] = token
    return found


def _assign_tokens(
    words: list[tuple[int, int]], encoding: Encoding, text: str
) -> list[tuple[int, int, list[int]]]:
    """Return (start, end, token positions) per word; a token that reaches into the next word joins the two."""
    groups: list[tuple[int, int, list[int]]] = []
    for position, (start, end) in enumerate(encoding.offsets):
        if encoding.special_tokens_mask[position]:
            continue
        touched = [span for span in words if span[0] < end and start < span[1]]
        if not touched and not text[start:end].strip() and not groups:
            touched = words[:1]
        low = min((span[0] for span in touched), default=groups[-1][0] if groups else start)
        high = max((span[1] for span in touched), default=groups[-1][1] if groups else end)
        if groups and low < groups[-1][1]:
            last = groups.pop()
            groups.append((last[0], max(last[1], high), [*last[2], position]))
        else:
            groups.append((low, high, [position]))
    return groups
