"""The leaderboard knows which way is better."""

import pytest

from automl_tl.cli.direction import higher_is_better
from automl_tl.finetune.metrics import metrics
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


def test_every_metric_has_its_own_direction():
    for name in metrics.names():
        assert higher_is_better(MetricSpec(name=name)) is (metrics.get(name).direction == "maximize")
