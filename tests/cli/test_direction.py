"""The leaderboard knows which way is better."""

import sys

import pytest

from automl_tl.cli.direction import higher_is_better
from automl_tl.finetune.metrics import direction_of, metrics
from automl_tl.pipeline.spec import MetricSpec


@pytest.mark.parametrize(
    ("metric", "higher"),
    [
        (MetricSpec(), True),
        (MetricSpec(direction="minimize"), False),
        (MetricSpec(name="accuracy"), True),
        (MetricSpec(name="accuracy", direction="minimize"), False),
        (MetricSpec(name="known_to_the_service_only"), True),
    ],
)
def test_the_spec_decides_then_the_metric(metric, higher):
    assert higher_is_better(metric) is higher


def test_errors_of_numbers_are_minimised_by_default():
    assert higher_is_better(MetricSpec(), "multilabel")
    assert not higher_is_better(MetricSpec(), "regression")
    assert higher_is_better(MetricSpec(name="r2"), "regression")


def test_every_metric_has_its_own_direction():
    for name in metrics.names():
        assert higher_is_better(MetricSpec(name=name)) is (metrics.get(name).direction == "maximize")


def test_a_client_without_numpy_knows_the_same(monkeypatch):
    """By name, and by task where no metric is named."""
    asked = [(name, task) for name in metrics.names() for task in metrics.get(name).tasks]
    asked += [("", "classification"), ("", "multilabel"), ("", "regression")]
    expected = [direction_of(*each) == "maximize" for each in asked]
    monkeypatch.setitem(sys.modules, "automl_tl.finetune.metrics", None)
    assert [higher_is_better(MetricSpec(name=name), task) for name, task in asked] == expected
