"""What was inherited, before and after."""

from types import SimpleNamespace

from automl_tl.errors import ModelUnavailable
from automl_tl.pipeline.bias import inheritance
from automl_tl.pipeline.bias.inheritance import AFTER, BEFORE, inherited_bias
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


def test_without_time_a_row_says_so(make_bench):
    """And nothing is compared."""
    searched = SimpleNamespace(workload=SimpleNamespace(heads={}))
    bench = make_bench()
    object.__setattr__(bench, "out_of_time", lambda: True)
    (row,), changes = inherited_bias(bench, searched, trial("full_finetune"))
    assert (row.verdict, row.value, row.model, changes) == ("insufficient_evidence", None, AFTER, ())
    assert "There was no time for this test" in row.summary


def test_a_pretrained_model_that_is_gone_is_a_row(make_bench, monkeypatch):
    """Its absence is no silence about what fine-tuning did."""

    def gone(*_):
        raise ModelUnavailable("the hub is away")

    monkeypatch.setattr(inheritance, "fitted_on_probe", gone)
    searched = SimpleNamespace(workload=SimpleNamespace(heads={"m": None}))
    found, changes = inherited_bias(make_bench(), searched, trial("full_finetune"))
    assert [entry.model for entry in found] == [AFTER, BEFORE]
    assert (found[1].verdict, found[1].value) == ("insufficient_evidence", None)
    assert "cannot be loaded again: the hub is away" in found[1].summary
    assert changes == ()
