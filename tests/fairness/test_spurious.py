"""Shortcuts are told from innocent properties."""

import numpy as np

from automl_tl.fairness.spurious import probe_spurious


def probes(seed=0, n=300):
    """Size goes with the label and drives the answers, tint goes with the label only, noise with nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    size = rng.normal(size=n) + labels
    answers = (size + 0.3 * rng.normal(size=n) > 0.5).astype(int)
    tint = rng.normal(size=n) + labels
    source = np.where(rng.random(n) < 0.2 + 0.6 * labels, "web", "lab")
    features = np.stack([size, tint, labels + 0.1 * rng.normal(size=n), rng.normal(size=n)], axis=1)
    traits = {"size": size, "tint": tint, "source": source, "noise": rng.normal(size=n), "same": np.ones(n)}
    found = probe_spurious(traits, labels, answers=answers, features=features)
    return {probe.trait: probe for probe in found}


def test_what_answers_follow_is_a_shortcut():
    """Given the true class; a property that only goes with the label is a warning."""
    found = probes()
    assert found["size"].verdict == "shortcut"
    assert found["size"].answers > 0.2
    assert found["tint"].verdict == "warning"
    assert found["source"].verdict == "warning"
    assert found["size"].readable > 0.5


def test_what_answers_follow_is_never_called_nothing():
    """Also where the embedding tells it only in a way that a straight line does not read."""
    rng = np.random.default_rng(5)
    labels = rng.integers(0, 2, 600)
    bend = rng.normal(size=600)
    trait = bend**2 + 0.1 * rng.normal(size=600)
    answers = np.where(trait > 1.2, 1 - labels, labels)
    answers = np.where((trait > 1.2) & (labels == 0), 1, answers)
    (found,) = probe_spurious({"light": trait}, labels, answers=answers, features=bend[:, None])
    assert found.readable < 0.1
    assert found.answers >= 0.05
    assert found.verdict == "warning"
    assert "Nothing suggests" not in found.summary


def test_a_trait_of_the_class_that_nobody_uses_is_told_as_that():
    """It goes with the class, the embedding does not tell it and the answers do not follow it."""
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 2, 400)
    features = rng.normal(size=(400, 3))
    (found,) = probe_spurious({"size": rng.normal(size=400) + labels}, labels, answers=labels, features=features)
    assert found.verdict == "no_evidence"
    assert "goes with the true class, but neither answers" in found.summary


def test_noise_and_constants_are_no_shortcuts():
    """A constant cannot be judged, and has no figures."""
    found = probes()
    assert found["noise"].verdict == "no_evidence"
    assert (found["same"].verdict, found["same"].association) == ("insufficient_evidence", None)


def test_false_alarms_are_rare():
    """60 sets of 4 innocent traits."""
    rng = np.random.default_rng(1)
    alarms = 0
    for run in range(60):
        labels = rng.integers(0, 3, 80)
        traits = {str(k): rng.normal(size=80) for k in range(3)} | {"w": rng.choice(["a", "b", "c"], 80)}
        found = probe_spurious(traits, labels, answers=rng.integers(0, 3, 80), seed=run)
        alarms += any(probe.verdict in ("shortcut", "warning") for probe in found)
    assert alarms <= 8


def test_unknown_values_and_few_rows():
    """NaN and "" are left out; under 30 known rows there is no verdict."""
    labels = np.array([0, 1] * 20)
    size = np.where(np.arange(40) < 20, np.nan, labels + 0.0)
    assert probe_spurious({"size": size}, labels)[0].verdict == "insufficient_evidence"
    assert probe_spurious({}, labels) == ()
