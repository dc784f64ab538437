"""What was inherited, before and after."""

from types import SimpleNamespace

import numpy as np

from automl_tl.pipeline.bias.bench import AuditBench
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


def test_the_favourable_class_is_followed():
    """The job's own word on which answer is good to get decides whose probability is looked at."""
    model = SimpleNamespace(
        modality="text",
        class_names=("no", "yes"),
        predict_proba=lambda texts: np.stack([np.full(len(texts), 0.3), np.full(len(texts), 0.7)], axis=1),
        embed=lambda texts: np.random.default_rng(0).normal(size=(len(texts), 4)),
    )
    searched = SimpleNamespace(workload=SimpleNamespace(heads={}))
    for favourable, told in (("no", "“no”"), ("", "“yes”")):
        bench = AuditBench(None, model, None, 0, lambda: False, favourable)
        found, _ = inherited_bias(bench, searched, trial("linear_probe"))
        assert all(told in entry.summary for entry in found if entry.kind == "term_swap")
        assert [entry.kind for entry in found] == ["term_swap"] * 3 + ["embedding_association"]
