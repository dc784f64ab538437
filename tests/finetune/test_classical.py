"""The classical baseline learns from pixels and from words."""

from __future__ import annotations

import numpy as np
import pytest

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classical import fit_classical, grey_pixels
from automl_tl.finetune.workload import LabelledInputs


def test_grey_pixels_are_256_numbers_between_0_and_1():
    image = np.full((40, 20, 3), 255, dtype=np.uint8)
    np.testing.assert_allclose(grey_pixels(image), np.ones(256))


def test_images_are_told_apart_by_their_pixels(workload):
    baseline = fit_classical(workload.train, 3, modality="image", seed=0)
    probabilities = baseline.predict_proba(workload.validation.inputs)
    assert probabilities.shape == (24, 3)
    assert (probabilities.argmax(axis=1) == workload.validation.labels).mean() > 0.8
    assert "pixels" in baseline.description


def test_texts_are_told_apart_by_their_words():
    texts = tuple(f"{word} number {i}" for i in range(10) for word in ("good film", "bad film"))
    labels = np.arange(20, dtype=np.int64) % 2
    baseline = fit_classical(LabelledInputs(texts, labels), 2, modality="text", seed=0)
    assert baseline.predict_proba(["a good one", "a bad one", "!"]).argmax(axis=1)[:2].tolist() == [0, 1]


def test_texts_of_single_signs_do_not_break_it():
    data = LabelledInputs(("?", "!", "?", "!"), np.array([0, 1, 0, 1]))
    assert fit_classical(data, 2, modality="text", seed=0).predict_proba(["?"]).argmax() == 0


def test_without_time_there_is_no_baseline(workload, count_calls):
    """In words that the report can give as the reason."""
    fits = count_calls("automl_tl.finetune.head.LogisticRegression")
    with pytest.raises(TrialFailed, match="time was used up before the classical baseline was fitted"):
        fit_classical(workload.train, 3, modality="image", seed=0, remaining=lambda: 0.0)
    assert fits == []


def test_time_for_the_head_is_kept_from_what_chooses_its_penalty(workload, count_calls, fake_clock):
    """Of fourteen seconds, one for each time that somebody asks, a fold is tried, and the head is fitted."""
    fits = count_calls("automl_tl.finetune.head.LogisticRegression")
    baseline = fit_classical(workload.train, 3, modality="image", seed=0, remaining=fake_clock(14))
    assert 4 <= len(fits) < 12
    assert (baseline.predict_proba(workload.validation.inputs).argmax(axis=1) == workload.validation.labels).any()


def test_with_time_enough_the_clock_changes_nothing(workload):
    unlimited = fit_classical(workload.train, 3, modality="image", seed=0)
    limited = fit_classical(workload.train, 3, modality="image", seed=0, remaining=lambda: 1e6)
    np.testing.assert_array_equal(limited.head.weight, unlimited.head.weight)
