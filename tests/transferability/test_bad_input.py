"""Bad input through every registered score: a number or a reason in words, and never another exception."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.probe.familiarity import Familiarity
from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import ProbeSample, scorers
from automl_tl.transferability.compute import score_sheet
from automl_tl.transferability.rank import rank

SAMPLE = clustered_sample(n=24, size=4)
WIDE = clustered_sample(n=12, size=40)
LABELS = SAMPLE.labels
NAN = float("nan")


def with_cell(value: float) -> np.ndarray:
    """Return the features with one cell changed."""
    features = SAMPLE.features.copy()
    features[7, 2] = value
    return features


def first(n: int) -> ProbeSample:
    """Return the first examples alone."""
    assert SAMPLE.source_probs is not None
    return replace(SAMPLE, features=SAMPLE.features[:n], labels=LABELS[:n], source_probs=SAMPLE.source_probs[:n])


def features(values: object) -> ProbeSample:
    return replace(SAMPLE, features=np.asarray(values))


def labels(values: object) -> ProbeSample:
    return replace(SAMPLE, labels=np.asarray(values))


def probs(values: np.ndarray | None) -> ProbeSample:
    return replace(SAMPLE, source_probs=values)


REFUSED = {
    "NaN": features(with_cell(NAN)),
    "infinity": features(with_cell(math.inf)),
    "minus infinity": features(with_cell(-math.inf)),
    "NaN everywhere": features(np.full((24, 4), NAN, np.float32)),
    "no examples": first(0),
    "no dimensions": features(np.zeros((24, 0), np.float32)),
    "one vector": features(np.zeros(24, np.float32)),
    "words": features(np.full((24, 4), "cat")),
    "complex numbers": features(np.ones((24, 4), np.complex64)),
}
"""Embeddings that nothing can be said of."""

SURVIVED = {
    "one class": labels(np.zeros(24, np.int64)),
    "a class with one example": labels(np.where(np.arange(24) == 5, 9, LABELS % 2)),
    "every example a class of its own": labels(np.arange(24)),
    "more classes than dimensions": labels(np.arange(24) // 2),
    "float labels": labels(LABELS.astype(np.float32)),
    "fractional labels": labels(LABELS + 0.5),
    "NaN labels": labels(np.full(24, NAN)),
    "words as labels": labels(np.full(24, "cat")),
    "yes and no as labels": labels(LABELS == 0),
    "negative labels": labels(LABELS - 1),
    "too few labels": labels(LABELS[:20]),
    "a table of labels": labels(np.stack([LABELS, LABELS], axis=1)),
    "constant": features(np.full((24, 4), 3.0, np.float32)),
    "zeros": features(np.zeros((24, 4), np.float32)),
    "one live dimension": features(SAMPLE.features * np.array([1, 0, 0, 0], np.float32)),
    "one dimension": features(SAMPLE.features[:, :1]),
    "two values": features(np.repeat(LABELS[:, None] == 0, 4, axis=1).astype(np.float32)),
    "every example twice": features(np.repeat(SAMPLE.features[:12], 2, axis=0)),
    "whole numbers": features(np.round(SAMPLE.features * 9).astype(np.int16)),
    "half precision": features(SAMPLE.features.astype(np.float16)),
    "one example": first(1),
    "two examples": first(2),
    "two examples of one class": replace(first(2), labels=np.zeros(2, np.int64)),
    "three examples": first(3),
    "fewer examples than dimensions": WIDE,
    "fewer examples, each its own class": replace(WIDE, labels=np.arange(12)),
    "times 1e30": features(SAMPLE.features * np.float32(1e30)),
    "times 1e-30": features(SAMPLE.features * np.float32(1e-30)),
    "times 1e300": features(SAMPLE.features.astype(np.float64) * 1e300),
    "times 1e-300": features(SAMPLE.features.astype(np.float64) * 1e-300),
    "subnormal": features(SAMPLE.features.astype(np.float64) * 1e-310),
    "one huge example": features(with_cell(1e30)),
    "wide and times 1e30": replace(WIDE, features=WIDE.features * np.float32(1e30)),
    "far from zero": features(SAMPLE.features + np.float32(1e6)),
    "no source head": probs(None),
    "a source head of one class": probs(np.ones((24, 1), np.float32)),
    "a source head of no class": probs(np.ones((24, 0), np.float32)),
    "a wider source head than examples": probs(np.full((24, 1000), 1e-3, np.float32)),
    "a decided source head": probs(np.eye(50, dtype=np.float32)[LABELS]),
    "NaN from the source head": probs(np.full((24, 3), NAN, np.float32)),
    "logits for probabilities": probs(np.full((24, 3), -2.0, np.float32)),
    "probabilities of other examples": probs(np.full((20, 3), 1 / 3, np.float32)),
    "no fingerprint": replace(SAMPLE, fingerprint=None),
    "a fingerprint of another width": replace(SAMPLE, fingerprint=WIDE.fingerprint),
    "a fingerprint of NaN": replace(
        SAMPLE, fingerprint=replace(SAMPLE.fingerprint, mean=np.full(4, NAN), sample=np.full((9, 4), NAN))
    ),
    "a fingerprint without variance": replace(
        SAMPLE, fingerprint=replace(SAMPLE.fingerprint, covariance=np.zeros((4, 4)))
    ),
    "a fingerprint of moments": replace(
        SAMPLE, fingerprint=replace(SAMPLE.fingerprint, sample=None, prototypes=None, prototype_counts=None)
    ),
    "a distant fingerprint": replace(
        SAMPLE, fingerprint=replace(SAMPLE.fingerprint, mean=np.full(4, 1e30, np.float32))
    ),
    "no word from the model": replace(SAMPLE, familiarity=None),
    "an empty word from the model": replace(SAMPLE, familiarity=Familiarity()),
    "NaN from the model": replace(
        SAMPLE,
        familiarity=Familiarity(*(np.full(24, NAN) for _ in range(6))),
    ),
}
"""What a score may compute or refuse."""


def outcome(name: str, sample: ProbeSample) -> tuple[float | None, str]:
    """Return the value or the reason, as a ranking would show it."""
    sheet = score_sheet(sample, [name])
    return (sheet.scores[name].value, "") if name in sheet.scores else (None, sheet.notes[name])


@pytest.mark.parametrize("name", scorers.names())
@pytest.mark.parametrize("case", REFUSED)
def test_unusable_embeddings_are_refused_in_words(name: str, case: str) -> None:
    """By scores that look at nothing but the source head or the model, too: the model is not usable."""
    value, reason = outcome(name, REFUSED[case])
    assert value is None
    assert len(reason) > 20
    assert "unexpected" not in reason


@pytest.mark.parametrize("name", scorers.names())
@pytest.mark.parametrize("case", SURVIVED)
def test_awkward_samples_give_a_finite_number_or_a_reason(name: str, case: str) -> None:
    """And finite contributions."""
    sheet = score_sheet(SURVIVED[case], [name])
    if name in sheet.scores:
        found = sheet.scores[name]
        assert math.isfinite(found.value)
        assert math.isnan(found.standard_error) or 0 <= found.standard_error < math.inf
        assert found.contributions is None or np.isfinite(found.contributions).all()
    else:
        assert len(sheet.notes[name]) > 20
        assert "unexpected" not in sheet.notes[name]


@pytest.mark.parametrize("case", ["NaN", "constant", "times 1e30", "one class", "no examples"])
def test_one_bad_model_does_not_stop_the_ranking(case: str) -> None:
    """It has its row, with the reason where it has no score, and the good model its score."""
    bad = (REFUSED | SURVIVED)[case]
    ranking = rank({"hf:good": SAMPLE, "hf:bad": bad}, {"hf:gone": "there is no such file"}, {}, bootstrap=20)
    rows = {row.model: row for row in ranking.models}
    assert rows["hf:good"].rank > 0
    assert rows["hf:gone"].error == "there is no such file"
    assert math.isfinite(rows["hf:good"].score)
    assert rows["hf:bad"].rank > 0 or "no score could be computed" in rows["hf:bad"].error
