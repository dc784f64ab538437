"""The bias column compares trials on the validation part."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from automl_tl.errors import ModelUnavailable
from automl_tl.pipeline.bias import finalists
from automl_tl.pipeline.bias.finalists import audit_finalists
from automl_tl.search.trial import Trial


def searched(tmp_path):
    values = {"a1": 0.7, "a2": 0.9, "b1": 0.8}
    for name in values:
        (tmp_path / name).mkdir(exist_ok=True)
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
    cells, whole = audit_finalists(bench, searched(tmp_path))
    assert whole
    assert [cell.model for cell in cells] == ["a, full_finetune", "b, full_finetune"]
    assert opened[:2] == ["a2", "b1"]
    assert [cell.trial for cell in cells] == ["a2", "b1"]
    assert {cell.attribute for cell in cells} == {"camera"}
    assert {cell.inherited for cell in cells} == {"violation"}  # it goes by brightness, after all
    assert {cell.verdict for cell in cells} == {"insufficient_evidence"}


def test_without_sensitive_columns_the_models_are_asked_what_they_inherited(make_bench, tmp_path, monkeypatch):
    """The leaderboard has its column all the same; answers follow the light here."""
    bench = make_bench()
    monkeypatch.setattr(finalists, "load", lambda path: bench.model)
    cells, _ = audit_finalists(replace(bench, target=replace(bench.target, sensitive={})), searched(tmp_path))
    assert [(cell.trial, cell.attribute) for cell in cells] == [("a2", ""), ("b1", "")]
    assert {cell.inherited for cell in cells} == {"violation"}
    assert all(0 < cell.changed < 1 and cell.inherited_worst.endswith("pictures") for cell in cells)


def test_groups_come_before_what_was_inherited_and_without_time_there_is_no_column(
    make_bench, tmp_path, monkeypatch
):
    """Time for the comparison of two models by groups, and no more."""
    bench = make_bench()
    monkeypatch.setattr(finalists, "load", lambda path: bench.model)
    assert audit_finalists(replace(bench, out_of_time=lambda: True), searched(tmp_path)) == ((), False)
    compared = []
    plain = finalists.audit_predictions
    monkeypatch.setattr(finalists, "audit_predictions", lambda *a, **k: compared.append(1) or plain(*a, **k))
    cells, whole = audit_finalists(replace(bench, out_of_time=lambda: len(compared) >= 2), searched(tmp_path))
    assert not whole
    assert [cell.attribute for cell in cells] == ["camera", "camera"]
    assert [cell.changed for cell in cells] == [None, None]


def test_a_model_that_fails_is_left_out(make_bench, tmp_path, monkeypatch):
    """The others have their cells."""
    bench = make_bench()

    def broken(images):
        raise ModelUnavailable("no")

    bad = SimpleNamespace(modality="image", thresholds=(), answers=broken)
    monkeypatch.setattr(finalists, "load", lambda path: bad if path.name == "a2" else bench.model)
    assert [cell.trial for cell in audit_finalists(bench, searched(tmp_path))[0]] == ["b1"]


def test_of_validation_rows_that_belong_together_one_is_compared(make_bench, tmp_path, monkeypatch):
    """Twenty rows of four patients: four answers are asked for."""
    bench, asked = make_bench(), []
    dataset = bench.target.dataset
    patients = tuple(str(row // 5) for row in range(len(bench.target.labels)))
    grouped = replace(dataset, columns={**dataset.columns, "patient": patients})
    bench = replace(bench, target=replace(bench.target, dataset=grouped, group_by="patient"))
    monkeypatch.setattr(finalists, "load", lambda path: bench.model)
    compare = finalists.audit_predictions
    monkeypatch.setattr(
        finalists,
        "audit_predictions",
        lambda answers, *given, **named: asked.append(answers.rows) or compare(answers, *given, **named),
    )
    audit_finalists(bench, searched(tmp_path))
    assert [[row // 5 for row in rows] for rows in asked] == [[16, 17, 18, 19]] * 2


def test_cells_tell_no_single_number_where_names_are_veiled(make_bench, tmp_path, monkeypatch):
    """The model fails on those who earn most; the largest salary is one person's."""
    bench = make_bench()
    rows = bench.predictions.rows
    salaries = np.full(len(bench.target.labels), 30_000.0) + np.arange(len(bench.target.labels))
    salaries[rows[bench.answers != bench.predictions.labels]] += 40_000
    salaries[salaries.argmax()] = 98_765
    values = tuple(f"{salary:g}" for salary in salaries)
    split = replace(bench.target.split, validation=rows)
    bench = replace(bench, target=replace(bench.target, split=split, sensitive={"salary": values}))
    monkeypatch.setattr(finalists, "load", lambda path: bench.model)
    for veiled, end in ((False, " to 98765"), (True, " and more")):
        cells, _ = audit_finalists(replace(bench, veiled=veiled), searched(tmp_path))
        assert all(cell.group.endswith(end) for cell in cells)
