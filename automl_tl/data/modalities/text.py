"""Texts: cells of a table."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import InputColumn, Modality, modalities

__all__ = ["TextModality", "normalised"]

_SAMPLE = 2_000
_GUESS_CHARS = 20


class TextModality(Modality):
    """Texts as str; inputs are the texts themselves."""

    name = "text"
    input_columns = (
        "text",
        "sentence",
        "content",
        "message",
        "body",
        "document",
        "review",
        "comment",
        "comment_text",
        "tweet",
        "utterance",
        "query",
        "question",
        "prompt",
        "headline",
        "description",
        "title",
    )

    def find_column(self, columns: Mapping[str, Sequence[str]], root: Path) -> InputColumn | None:
        """Return the first column with a known name, else that of the longest texts if they hardly repeat."""
        by_lower = {name.lower(): name for name in reversed(list(columns))}
        for name in self.input_columns:
            if name in by_lower:
                return InputColumn(by_lower[name], 0.8)
        return self._longest(columns)

    def _longest(self, columns: Mapping[str, Sequence[str]]) -> InputColumn | None:
        best: InputColumn | None = None
        longest = float(_GUESS_CHARS)
        for name, values in columns.items():
            sample = [value for value in values if value][:_SAMPLE]
            # Labels and codes repeat; texts hardly do.
            if not sample or 2 * len(set(sample)) < len(sample):
                continue
            length = fmean(map(len, sample))
            if length >= longest:
                longest = length
                remark = f"texts are read from the column {name!r}, the longest; name it 'text' to be explicit"
                best = InputColumn(name, 0.2, remark)
        return best

    def check(self, root: Path, value: str, limits: Limits) -> str:
        """Return why the text is not usable, or ""."""
        if not value.strip():
            return "the text is empty"
        if len(value) > limits.max_text_chars:
            return f"the text has {len(value)} characters, more than max_text_chars = {limits.max_text_chars}"
        return ""

    def read(self, dataset: Dataset, indices: Sequence[int]) -> list[Example]:
        """Return the texts as they were given."""
        if dataset.stored is not None:
            return [str(text) for text in dataset.stored.read(indices)]
        return [dataset.inputs[index] for index in indices]

    def content_key(self, dataset: Dataset, index: int) -> str:
        """Return the SHA-256 of the normalised text: letter case and white space make no difference."""
        return hashlib.sha256(normalised(dataset.inputs[index]).encode("utf-8", "surrogatepass")).hexdigest()

    def sizes(self, dataset: Dataset, index: int) -> Mapping[str, float]:
        """Return the number of characters and of words."""
        text = dataset.inputs[index]
        return {"characters": float(len(text)), "words": float(len(text.split()))}


def normalised(text: str) -> str:
    """Return the text in Unicode normal form NFKC, case folded, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


modalities.register(TextModality.name, TextModality())
