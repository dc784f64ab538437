"""What was inherited, before and after."""

from types import SimpleNamespace

from automl_tl.pipeline.bias.inheritance import AFTER, inherited_bias
from automl_tl.search.trial import Trial


def trial(strategy):
    return Trial("t1", 1, "m", strategy, {}, 0, "probe")


def test_pictures_are_changed_in_light_and_a_linear_probe_has_no_before(make_bench):
    """One test of the final model; nothing to compare it with."""
    searched = SimpleNamespace(workload=SimpleNamespace(heads={}))
    found, changes = inherited_bias(make_bench(), searched, trial("linear_probe"))
    assert [(entry.kind, entry.model) for entry in found] == [("photometric", AFTER)]
    assert found[0].verdict == "violation"  # it goes by brightness, after all
    assert changes == ()


def test_without_time_there_is_nothing(make_bench):
    """And no error."""
    searched = SimpleNamespace(workload=SimpleNamespace(heads={}))
    bench = make_bench()
    object.__setattr__(bench, "out_of_time", lambda: True)
    assert inherited_bias(bench, searched, trial("full_finetune")) == ((), ())
