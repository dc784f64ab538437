"""Slices and shortcuts of a real test part."""

from dataclasses import replace

import numpy as np

from automl_tl.finetune.evaluation import Predictions
from automl_tl.pipeline.bias.discovery import discover


def test_the_shortcut_of_a_model_that_goes_by_brightness_is_named(make_bench):
    """Brightness goes with the class and the answers follow it; sensitive columns are no traits."""
    bench = make_bench()
    rows = bench.predictions.rows
    slices, probes = discover(bench, bench.embed(rows), bench.inputs(rows), show_words=True)
    found = {probe.trait: probe.verdict for probe in probes}
    assert found["brightness"] == "shortcut"
    assert "column camera" not in found
    assert "file size" in found
    assert slices.count == len(rows)
    assert all(exemplar.endswith(".png") or exemplar.isdigit() for c in slices.slices for exemplar in c.exemplars)


def test_sets_of_labels_are_right_as_a_whole(make_bench):
    """Old cameras miss one of two labels: that row is wrong, and the card says what is true and what was said."""
    bench = make_bench()
    rows = bench.predictions.rows
    old = np.array([bench.target.sensitive["camera"][int(row)] == "old" for row in rows])
    truth = np.stack([bench.predictions.labels, np.ones(len(rows), dtype=np.int64)], axis=1)
    chances = np.where(truth == 1, 0.9, 0.1)
    chances[old, 1] = 0.4
    target = replace(bench.target, task="multilabel", class_names=("light", "outdoors"))
    sets = replace(bench, target=target, predictions=Predictions(rows, truth, chances))
    features = np.column_stack([10.0 * old, np.random.default_rng(0).normal(size=(len(rows), 3))])
    slices, probes = discover(sets, features, bench.inputs(rows), show_words=True)
    assert slices.errors == int(old.sum())
    assert slices.verdict == "violation"
    assert any("answer" in name for name in slices.flagged[0].enrichment)
    assert probes


def test_numbers_that_are_far_off_gather_somewhere(make_bench):
    """Old cameras are off by 5, others by 1 at most: the report says what it calls an error."""
    bench = make_bench()
    rows = bench.predictions.rows
    rng = np.random.default_rng(0)
    old = np.array([bench.target.sensitive["camera"][int(row)] == "old" for row in rows])
    truth = rng.normal(size=len(rows)) * 10
    said = truth + np.where(old & (rng.random(len(rows)) < 0.6), 5, 0) + rng.uniform(-1, 1, len(rows))
    target = replace(bench.target, task="regression", class_names=("lumen",))
    numbers = replace(bench, target=target, predictions=Predictions(rows, truth, said[:, None]))
    features = np.column_stack([10.0 * old, rng.normal(size=(len(rows), 3))])
    slices, probes = discover(numbers, features, bench.inputs(rows), show_words=True)
    assert slices.verdict == "violation"
    assert slices.errors == 28
    assert "furthest off" in slices.meaning
    assert slices.flagged[0].enrichment
    assert probes == ()
    calm, _ = discover(numbers, rng.normal(size=(len(rows), 4)), bench.inputs(rows), show_words=True)
    assert calm.verdict == "no_evidence_of_violation"
