"""The bias column compares trials on the validation part."""

from dataclasses import replace
from types import SimpleNamespace

from automl_tl.pipeline.bias import finalists
from automl_tl.pipeline.bias.finalists import audit_finalists
from automl_tl.search.trial import Trial


def searched(tmp_path):
    values = {"a1": 0.7, "a2": 0.9, "b1": 0.8}
    for name in values:
        (tmp_path / name).mkdir()
    trials = [Trial(n, 1, n[0], "full_finetune", {}, 0, "sampler", value=v, checkpoint=str(tmp_path / n))
              for n, v in values.items()]  # fmt: skip
    trials.append(replace(trials[0], model="gone", checkpoint=str(tmp_path / "nowhere")))
    return SimpleNamespace(
        workload=SimpleNamespace(metric="accuracy", elsewhere=None), result=SimpleNamespace(trials=tuple(trials))
    )


def test_the_best_trial_of_each_model_gets_a_cell(make_bench, tmp_path, monkeypatch):
    """Best first; a model without files is left out."""
    bench, opened = make_bench(), []
    monkeypatch.setattr(finalists, "load", lambda path: opened.append(path.name) or bench.model)
    cells = audit_finalists(bench, searched(tmp_path))
    assert [cell.model for cell in cells] == ["a, full_finetune", "b, full_finetune"]
    assert opened == ["a2", "b1"]
    assert {cell.verdict for cell in cells} == {"insufficient_evidence"}


def test_without_sensitive_columns_or_time_there_is_no_column(make_bench, tmp_path, monkeypatch):
    """Nothing is loaded for nothing."""
    bench = make_bench()
    assert audit_finalists(replace(bench, target=replace(bench.target, sensitive={})), None) == ()
    monkeypatch.setattr(finalists, "load", lambda path: bench.model)
    assert audit_finalists(replace(bench, out_of_time=lambda: True), searched(tmp_path)) == ()
