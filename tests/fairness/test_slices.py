"""Slices are found where they are and nowhere else."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.slices import find_slices


def inputs(rng, n):
    """Ten clouds of a tenth each, in 32 dimensions; the first is the slice."""
    cloud = np.repeat(np.arange(10), n // 10)
    return rng.normal(size=(10, 32))[cloud] + 0.8 * rng.normal(size=(n, 32)), cloud == 0


def planted(rng, n, base=0.1):
    features, inside = inputs(rng, n)
    return features, inside, rng.random(n) < np.where(inside, base + 0.35, base)


def test_no_false_alarms():
    """80 runs without a slice: at most 5 % plus two standard errors are flagged."""
    rng = np.random.default_rng(0)
    alarms = []
    for run in range(80):
        features, _ = inputs(rng, 200)
        alarms.append(find_slices(features, rng.random(200) < 0.15, seed=run).verdict == "violation")
    assert np.mean(alarms) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 80)


@pytest.mark.parametrize(("n", "least"), [(200, 0.75), (500, 0.9)])
def test_a_planted_slice_is_found(n, least):
    """A tenth of the rows, 35 points more errors; what is flagged is that slice."""
    rng = np.random.default_rng(n)
    found = []
    for run in range(40):
        features, inside, wrong = planted(rng, n)
        ids = [str(flag) for flag in inside]
        flagged = find_slices(features, wrong, ids=ids, seed=run).flagged
        found.append(bool(flagged) and flagged[0].exemplars.count("True") >= 4)
    assert np.mean(found) >= least


def test_a_card_says_what_is_inside():
    """Counts, rates, words and columns that are more frequent there."""
    rng = np.random.default_rng(3)
    features, inside, wrong = planted(rng, 500, base=0.05)
    texts = ["a night photo" if flag else "a day photo" for flag in inside]
    columns = {"camera": np.where(inside, "old", "new").tolist()}
    report = find_slices(features, wrong, texts=texts, columns=columns)
    card = report.flagged[0]
    assert {"camera=old", "“night”"} <= set(card.enrichment)
    assert card.enrichment["camera=old"] > 10
    assert card.low < card.error_rate == card.errors / card.count < card.high
    assert card.p_value <= card.p_adjusted <= 0.05
    assert "elsewhere" in report.summary


def test_other_rows_may_place_the_clusters():
    """Training embeddings, for instance."""
    rng = np.random.default_rng(4)
    features, _, wrong = planted(rng, 500, base=0.05)
    report = find_slices(features[::2], wrong[::2], fit_features=features[1::2])
    assert report.count == 250


@pytest.mark.parametrize(
    ("rows", "errors", "text"), [(20, 5, "at least 60"), (100, 2, "at least 5"), (100, 100, "errs everywhere")]
)
def test_too_little_is_said(rows, errors, text):
    """No slices, and the reason."""
    wrong = np.arange(rows) < errors
    report = find_slices(np.random.default_rng(0).normal(size=(rows, 4)), wrong)
    assert (report.slices, report.verdict) == ((), "insufficient_evidence")
    assert text in report.summary


def test_odd_embeddings_do_not_crash():
    """NaN, all equal, wrong shape."""
    wrong = np.arange(100) % 4 == 0
    assert "NaN" in find_slices(np.full((100, 3), np.nan), wrong).summary
    assert "no clusters" in find_slices(np.ones((100, 3)), wrong).summary
    with pytest.raises(InvalidInput, match="one row for each of 100"):
        find_slices(np.ones((5, 3)), wrong)
