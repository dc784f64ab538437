"""Remedies are tried for the clearest violation."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached
from automl_tl.fairness import audit
from automl_tl.fairness.mitigation import METHODS
from automl_tl.fairness.summary import violations
from automl_tl.pipeline.bias import remedies
from automl_tl.pipeline.bias.remedies import remedies_not_tried


def remedy(*given):
    """What is said of each remedy."""
    return tuple(found.entry for found in remedies.remedy(*given))


def audited(bench, groups):
    predictions = bench.predictions
    return audit(predictions.labels, bench.answers, groups, class_names=bench.target.class_names)


def test_every_remedy_has_its_reason(make_bench):
    """The camera that fails; with 46 old pictures in the test part most remedies cannot be verified."""
    bench = make_bench()
    rows = bench.predictions.rows
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    assert report.verdicts["camera"] == "violation"
    found = remedy(bench, report, bench.embed(rows))
    assert [entry.method for entry in found] == list(METHODS)
    assert all(entry.reason and entry.attribute == "camera" for entry in found)


def test_numbers_follow_the_reports_cuts(make_bench):
    """Ages of training rows fall into the groups that the test rows made."""
    bench = make_bench()
    rows = bench.predictions.rows
    wrong = bench.answers != bench.predictions.labels
    ages = np.full(240, 30.0) + np.arange(240) % 11 / 10
    ages[rows[wrong]] += 40
    values = tuple(f"{age:g}" for age in ages)
    aged = replace(bench, target=replace(bench.target, sensitive={"age": values}))
    report = audited(aged, {"age": [values[int(row)] for row in rows]})
    assert report.verdicts["age"] == "violation"
    assert len(remedy(aged, report, aged.embed(rows))) == len(METHODS)


@pytest.mark.parametrize("most", ["0", "50"])
def test_numbers_that_are_mostly_one_follow_the_reports_two_groups(make_bench, monkeypatch, most):
    """Mostly 0: everything above it is the other group, also what no test row has; mostly 50: everything below."""
    bench = make_bench()
    rows, train = bench.predictions.rows, bench.target.split.train
    wrong = rows[bench.answers != bench.predictions.labels]
    values = [most] * 240
    for place, row in enumerate(wrong.tolist()):
        values[row] = str(2 + place % 30)
    for row, cell in zip(train[:4].tolist(), ("1", "49.5", "40", ""), strict=True):
        values[row] = cell
    cells = bench.target.sensitive | {"priors": tuple(values)}
    skewed = replace(bench, target=replace(bench.target, sensitive=cells))
    report = audited(skewed, {"priors": [values[int(row)] for row in rows]})
    assert report.verdicts["priors"] == "violation"
    assert [group.group for group in report.attributes[0].groups] == {
        "0": ["0", "above 0"],
        "50": ["below 50", "50"],
    }[most]
    seen = []
    monkeypatch.setattr(
        "automl_tl.pipeline.bias.remedies.mitigate", lambda entry, fit, *rest, **options: seen.append(fit) or ()
    )
    remedy(skewed, report, skewed.embed(rows))
    others = 1 if most == "0" else 0
    assert seen[0].groups[:5].tolist() == [others, others, others, -1, 1 - others]


def test_rows_find_their_groups_where_names_are_veiled(make_bench, monkeypatch):
    """A camera of three test pictures is numbered in the report; remedies are fitted on its rows all the same."""
    bench = make_bench()
    rows = bench.predictions.rows
    cells = ["new"] * len(bench.target.labels)
    for row in rows[bench.answers != bench.predictions.labels].tolist():
        cells[row] = "old"
    for place, cell in enumerate(("old", "Jane Roe's", "unheard of", "", "new")):
        cells[int(bench.target.split.train[place])] = cell
    for row in rows[:3].tolist():
        cells[row] = "Jane Roe's"
    told = {"camera": [cells[int(row)] for row in rows]}
    report = audit(bench.predictions.labels, bench.answers, told, class_names=("dark", "light"), veiled=True)
    assert report.verdicts["camera"] == "violation"
    assert [group.group for group in report.attributes[0].groups] == ["a value with few rows (1)", "new", "old"]
    seen = []
    monkeypatch.setattr(
        "automl_tl.pipeline.bias.remedies.mitigate", lambda entry, *given, **options: seen.extend(given[:2]) or ()
    )
    veiled = replace(bench, veiled=True, target=replace(bench.target, sensitive={"camera": tuple(cells)}))
    remedy(veiled, report, veiled.embed(rows))
    fit, held = seen
    assert fit.groups[:5].tolist() == [2, 0, -1, -1, 1]
    assert np.flatnonzero(held.groups == 0).tolist() == [0, 1, 2]


def test_without_a_violation_or_time_nothing_is_tried(make_bench):
    """No training row is embedded then."""
    bench = make_bench()
    rows = bench.predictions.rows
    calm = audited(bench, {"camera": ["a", "b"] * (len(rows) // 2)})
    if calm.verdicts["camera"] != "violation":
        assert remedy(bench, calm, bench.embed(rows)) == ()
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    features = bench.embed(rows)
    with pytest.raises(DeadlineReached):
        remedy(replace(bench, out_of_time=lambda: True), report, features)


def test_thresholds_are_tried_on_what_the_final_model_answers(make_bench):
    """A mixture's answers are not its head's: those that the job measured are taken, and the report says so."""
    bench = make_bench()
    rows, features = bench.predictions.rows, bench.embed(bench.predictions.rows)
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    mixture = SimpleNamespace(class_names=bench.model.class_names, members=(bench.model,), embed=bench.model.embed)
    mixed = replace(bench, model=mixture)
    by_method = {entry.method: entry for entry in remedy(mixed, report, features)}
    alone = {entry.method: entry for entry in remedy(bench, report, features)}
    assert by_method["group_thresholds"] == alone["group_thresholds"]
    assert by_method["group_thresholds"].basis == "thresholds on the model's own probability, as it answers"
    # A perfect score that the embeddings know nothing of: thresholds on it can do what no head can.
    labels = bench.predictions.labels
    known = replace(bench.predictions, probabilities=np.stack([1 - 0.4 * labels, 0.4 * labels], axis=1))
    better = {entry.method: entry for entry in remedy(replace(mixed, predictions=known), report, features)}
    assert better["group_thresholds"].after["gap"] == pytest.approx(0.0)
    assert better["reweighing"].after["accuracy"] == alone["reweighing"].after["accuracy"]


def test_an_attribute_with_a_rate_that_answers_change_goes_first(make_bench):
    """Not that whose score differs more surely; with nothing but scores there is one row with the reason."""
    bench = make_bench()
    rows = bench.predictions.rows
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    (camera,) = report.attributes
    score = replace(camera.findings[0], rate="brier_score", p_adjusted=0.0, verdict="violation")
    other = replace(camera, attribute="age", findings=(score,))
    found = remedy(bench, replace(report, attributes=(other, camera)), bench.embed(rows))
    assert {entry.attribute for entry in found} == {"camera"}
    hasty = replace(bench, out_of_time=lambda: True)
    (entry,) = remedy(hasty, replace(report, attributes=(other,)), bench.embed(rows))
    assert (entry.method, entry.attribute, entry.rate, entry.offered) == ("", "age", "brier_score", False)
    assert "brier score is no rate that a new answer changes" in entry.reason


def test_a_violation_that_only_a_combination_shows_has_a_reason(make_bench):
    """Neither attribute alone; nothing is embedded for it, and nothing is said where there is no violation."""
    bench = replace(make_bench(), out_of_time=lambda: True)
    rows, features = bench.predictions.rows, np.zeros((len(bench.predictions.rows), 2))
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    joint = replace(report.attributes[0], attribute="camera \N{MULTIPLICATION SIGN} age")
    only = replace(report, attributes=(), intersections=(joint,))
    (entry,) = remedy(bench, only, features)
    assert (entry.method, entry.attribute, entry.offered) == ("", joint.attribute, False)
    assert "only a combination of attributes" in entry.reason
    assert remedy(bench, replace(report, attributes=()), features) == ()


@pytest.mark.parametrize(("task", "words"), [("multilabel", "sets of labels"), ("regression", "numbers")])
def test_other_tasks_say_why_there_is_no_remedy(make_bench, task, words):
    """Only where there is a violation."""
    bench = replace(make_bench(), out_of_time=lambda: True)
    rows, features = bench.predictions.rows, np.zeros((len(bench.predictions.rows), 2))
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    other = replace(bench, target=replace(bench.target, task=task))
    (entry,) = remedy(other, report, features)
    assert entry.reason.startswith("not offered: ")
    assert words in entry.reason
    assert remedy(other, replace(report, attributes=()), features) == ()


def test_without_time_remedies_are_withdrawn_with_the_reason(make_bench):
    """One entry for the clearest violation; where nothing could be tried anyway, that is the reason."""
    bench = make_bench()
    rows = bench.predictions.rows
    report = audited(bench, {"camera": [bench.target.sensitive["camera"][int(row)] for row in rows]})
    (entry,) = remedies_not_tried(bench.target, report)
    assert (entry.method, entry.attribute, entry.offered) == ("", "camera", False)
    assert entry.rate == violations(report.attributes[0].findings)[0].rate
    assert entry.reason.startswith("not tried: there was no time")
    (other,) = remedies_not_tried(replace(bench.target, task="regression"), report)
    assert "numbers are predicted" in other.reason
    assert remedies_not_tried(bench.target, replace(report, attributes=())) == ()
