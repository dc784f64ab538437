"""Remedies are offered on evidence, verified on other rows, and withdrawn with a reason."""

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness import audit
from automl_tl.fairness.findings import NOT_TRIED
from automl_tl.fairness.mitigation import METHODS, RemedyHead, offer
from automl_tl.fairness.mitigation.offer import Question
from automl_tl.fairness.mitigation.weighted_head import fit_weighted_head


def mitigate(*given, **named):
    """What is said of each remedy."""
    return tuple(remedy.entry for remedy in offer.mitigate(*given, **named))


def case(make_rows, n=1600, shift=2.0):
    """A model that took the shortcut, its audit, and held-out rows."""
    fit, held = make_rows(1000, 0, shift), make_rows(n, 1, shift)
    answers = fit_weighted_head(fit.features, fit.labels, 2, np.ones(len(fit))).answers(held.features)
    names = ("usual", "rare")
    report = audit(held.labels, answers, {"g": np.array(names)[held.groups]}).attributes[0]
    order = [names.index(row.group) for row in report.groups]  # the report's groups are sorted by name
    place = np.argsort(order)
    return report, *(type(rows)(rows.features, rows.labels, place[rows.groups]) for rows in (fit, held)), answers


def test_what_helps_is_offered_with_its_price(make_rows):
    """A head on balanced rows narrows the gap on rows that nobody chose it by."""
    report, fit, held, answers = case(make_rows)
    assert report.verdict == "violation"
    found = {entry.method: entry for entry in mitigate(report, fit, held, answers, ("0", "1"))}
    assert list(found) == list(METHODS)
    best = found["balanced_head"]
    assert best.offered
    assert abs(best.after["gap"]) < abs(best.before["gap"])
    assert best.after["worst"] > best.before["worst"]
    assert best.cost_low <= best.accuracy_cost <= best.cost_high
    assert best.p_value <= 0.05
    assert 780 <= best.count <= 820
    assert "narrows" in best.reason
    assert all(entry.reason for entry in found.values())


def test_what_is_offered_can_be_had(make_rows):
    """Heads as they were measured, and the thresholds of each group by its name; of what is withdrawn none."""
    report, fit, held, answers = case(make_rows)
    known = type(held)(held.features, held.labels, held.groups, np.where(held.labels == 1, 0.45, 0.35))
    found = {remedy.entry.method: remedy for remedy in offer.mitigate(report, fit, known, answers, ("no", "yes"))}
    half = ~offer._halves(known, 0)
    for method in ("balanced_head", "group_thresholds"):
        remedy = found[method]
        assert remedy.entry.offered
        right = remedy.predictor(known.part(half)) == known.labels[half]
        assert right.mean() == pytest.approx(remedy.entry.after["accuracy"])
    assert isinstance(found["balanced_head"].predictor, RemedyHead)
    entry = found["group_thresholds"].entry
    assert set(entry.thresholds) == {"usual", "rare"}
    assert entry.threshold_class == "yes"
    limits = np.array([entry.thresholds[report.groups[group].group] for group in known.groups])
    assert ((known.scores >= limits) == found["group_thresholds"].predictor(known)).all()
    assert not any(remedy.entry.thresholds for remedy in found.values() if remedy.entry is not entry)
    withdrawn = offer._with_thresholds(
        replace(found["group_thresholds"], entry=replace(entry, offered=False, thresholds={})), (), None
    )
    assert withdrawn.thresholds == {}


def test_remedies_that_time_does_not_allow_are_told_as_not_tried(make_rows):
    """The clock is asked before each one, and those that were verified before stay as they are."""
    report, fit, held, answers = case(make_rows)
    late = iter([False, False, True, True, True])
    found = mitigate(report, fit, held, answers, ("0", "1"), out_of_time=lambda: next(late))
    assert [entry.method for entry in found] == list(METHODS)
    assert [entry.reason.startswith(NOT_TRIED) for entry in found] == [False, False, True, True, True]
    assert [bool(entry.before) for entry in found] == [True, True, False, False, False]
    assert not any(entry.offered for entry in found[2:])


def test_without_evidence_nothing_is_tried(make_rows):
    """No violation, no remedy, and the reason says so."""
    report, fit, held, answers = case(make_rows, n=60, shift=0.0)
    found = mitigate(report, fit, held, answers, ("0", "1"))
    assert not any(entry.offered for entry in found)
    assert all("no violation" in entry.reason and entry.after == {} for entry in found)


def test_noise_is_withdrawn(make_rows):
    """Training rows of shuffled labels teach nothing: nothing is offered, whatever it does to the gap."""
    report, fit, held, answers = case(make_rows)
    shuffled = type(fit)(fit.features, np.random.default_rng(0).permutation(fit.labels), fit.groups)
    methods = ("reweighing", "balanced_head", "group_dro")
    for entry in mitigate(report, shuffled, held, answers, ("0", "1"), methods=methods):
        assert not entry.offered
        assert entry.reason.startswith("withdrawn")


def figures(report, violated):
    """The report with violations of these rates only, the first the least like chance."""
    bad = {rate: 0.001 * (place + 1) for place, rate in enumerate(violated)}
    first = report.findings[0]
    findings = [replace(first, rate=rate, p_adjusted=p, verdict="violation") for rate, p in bad.items()]
    return replace(report, findings=tuple(findings))


def test_a_remedy_is_verified_on_the_rate_that_it_names(make_rows):
    """A score that differs more surely is passed over: it used to be verified on accuracy instead."""
    report, fit, held, answers = case(make_rows)
    several = figures(report, ["brier_score", "size_of_the_set", "true_positive_rate[1]"])
    (entry,) = mitigate(several, fit, held, answers, ("0", "1"), methods=("balanced_head",))
    assert entry.rate == "true_positive_rate[1]"
    assert entry.after
    other = figures(report, ["brier_score", "accuracy"])
    assert mitigate(other, fit, held, answers, ("0", "1"), methods=("balanced_head",))[0].rate == "accuracy"


def test_figures_that_no_answer_changes_have_no_remedy(make_rows):
    """The reason names the figure; a rate of a class that is none is no rate either."""
    report, fit, held, answers = case(make_rows)
    for rate, name in (("brier_score", "brier score"), ("precision[z]", "precision of “z”")):
        (entry,) = mitigate(figures(report, [rate]), fit, held, answers, ("0", "1"), methods=("balanced_head",))
        assert (entry.offered, entry.rate, entry.after) == (False, rate, {})
        assert entry.reason == f"not offered: {name} is no rate that a new answer changes directly"


def test_levelling_down_is_withdrawn(make_rows, monkeypatch):
    """A remedy that only makes the better-off group worse helps nobody, however little gap is left."""
    report, fit, held, _ = case(make_rows)
    behind = held.groups == [row.group for row in report.groups].index("rare")
    rng = np.random.default_rng(0)
    own = np.where(behind & (rng.random(len(held)) < 0.3), 1 - held.labels, held.labels)
    known = type(held)(np.column_stack([held.features, own]), held.labels, held.groups)
    level = np.random.default_rng(1).random(len(held)) < 0.25

    def levelled(rows):
        said = rows.features[:, -1].astype(np.int64)
        better_off = rows.groups != [row.group for row in report.groups].index("rare")
        return np.where(level[: len(rows)] & better_off, 1 - said, said)

    # The model's own answers travel as the last feature.
    monkeypatch.setattr(offer, "_fitted", lambda *given: levelled)
    (entry,) = mitigate(report, fit, known, own, ("0", "1"), methods=("balanced_head",))
    assert entry.after["best"] < entry.before["best"]
    assert entry.after["worst"] == entry.before["worst"] < entry.before["best"]
    assert abs(entry.after["gap"]) < abs(entry.before["gap"])
    assert not entry.offered
    assert "nobody is better off" in entry.reason


def test_p_values_are_corrected_for_all_remedies(make_rows):
    """Five tries find something by chance more often than one."""
    report, fit, held, answers = case(make_rows)
    (alone,) = mitigate(report, fit, held, answers, ("0", "1"), methods=("balanced_head",))
    several = mitigate(
        report, fit, held, answers, ("0", "1"), methods=("balanced_head", "reweighing", "group_dro")
    )
    assert several[0].p_value == pytest.approx(3 * alone.p_value)


@pytest.mark.parametrize(
    ("rate", "favourable", "low"),
    [
        ("accuracy", "", True),
        ("false_positive_rate[b]", "", False),
        ("selection_rate[b]", "b", True),
        ("selection_rate[b]", "a", False),
        ("precision[b]", "a", True),
    ],
)
def test_a_question_knows_who_is_at_a_disadvantage(rate, favourable, low):
    """Wrong alarms harm those who get many, answers that are good to get those who get few."""
    assert Question(rate, 0, ("a", "b", "c"), favourable).low_is_harm is low


def remedied(make_rows, method, violated, *, turned):
    """What comes of a remedy where one class is violated, with the classes in either order."""
    report, fit, held, answers = case(make_rows)
    head = fit_weighted_head(fit.features, fit.labels, 2, np.ones(len(fit)))
    score = np.exp(head.log_chances(held.features)[:, 1])
    held = type(held)(held.features, held.labels, held.groups, score)
    names = ("refused", "granted")
    if turned:
        fit = type(fit)(fit.features, 1 - fit.labels, fit.groups)
        held = type(held)(held.features, 1 - held.labels, held.groups, 1 - score)
        answers, names = 1 - answers, names[::-1]
    bad = figures(report, [violated])
    return mitigate(bad, fit, held, answers, names, favourable="granted", methods=(method,))[0]


@pytest.mark.parametrize("rate", ["true_positive_rate", "false_positive_rate", "selection_rate", "precision"])
def test_a_remedy_levels_the_same_rate_whichever_class_comes_first(make_rows, rate):
    """Names sorted otherwise change whose threshold is told: neither the offer nor the gap nor the price."""
    first, second = (
        remedied(make_rows, "group_thresholds", f"{rate}[granted]", turned=turned) for turned in (True, False)
    )
    untold = {"thresholds": {}, "threshold_class": ""}
    assert replace(first, **untold) == replace(second, **untold)
    if rate == "true_positive_rate":
        assert abs(first.after["gap"]) < 0.5 * abs(first.before["gap"])


@pytest.mark.parametrize("rate", ["true_positive_rate", "false_positive_rate"])
def test_reductions_level_the_same_rate_whichever_class_comes_first(make_rows, rate):
    """Up to rounding in their solver."""
    pytest.importorskip("fairlearn")
    first, second = (
        remedied(make_rows, "reductions", f"{rate}[granted]", turned=turned) for turned in (True, False)
    )
    assert first.offered == second.offered
    assert first.after["gap"] == pytest.approx(second.after["gap"], abs=0.02)


def test_few_rows_to_verify_on_are_said(make_rows):
    """Ten rows of a group cannot confirm anything."""
    report, fit, held, answers = case(make_rows)
    few = np.sort(np.concatenate([np.flatnonzero(held.groups == g)[:n] for g, n in ((0, 24), (1, 200))]))
    found = mitigate(report, fit, held.part(few), answers[few], ("0", "1"), methods=("reweighing",))
    assert "to verify it on" in found[0].reason


def test_thresholds_are_on_the_models_own_score_where_it_is_known(make_rows):
    """What a model answers may have nothing to do with its embeddings, as in a mixture; each says whose score."""
    report, fit, held, answers = case(make_rows)
    methods = ("group_thresholds", "balanced_head")
    fresh, head = mitigate(report, fit, held, answers, ("0", "1"), methods=methods)
    assert "of a new head" in fresh.basis
    assert "new head" in head.basis
    # At one half nobody is answered rightly by this score, and at 0.4 everybody.
    score = np.where(held.labels == 1, 0.45, 0.35)
    known = type(held)(held.features, held.labels, held.groups, score)
    own, _ = mitigate(report, fit, known, answers, ("0", "1"), methods=methods)
    assert "model's own probability" in own.basis
    assert (own.after["gap"], own.after["accuracy"]) == (0.0, 1.0)
    assert fresh.after["accuracy"] < 1.0


def test_more_classes_and_unknown_methods(make_rows):
    """Thresholds need two classes; a typo is refused."""
    report, fit, held, answers = case(make_rows)
    (entry,) = mitigate(report, fit, held, answers, ("0", "1", "2"), methods=("group_thresholds",))
    assert "needs two classes" in entry.reason
    with pytest.raises(InvalidInput, match="balanced_head"):
        mitigate(report, fit, held, answers, ("0", "1"), methods=("magic",))


def test_a_question_knows_its_denominator(make_rows):
    """Of true positives only positives count, of precision only answers."""
    rows = make_rows(50, 0)
    said = np.ones(50, dtype=np.int64)
    over, below = Question("true_positive_rate[b]", 0, ("a", "b")).hits_and_rows(rows, said)
    assert (below == (rows.labels == 1)).all()
    assert over.all()
    over, below = Question("precision[b]", 0, ("a", "b")).hits_and_rows(rows, said)
    assert below.all()
    assert (over == (rows.labels == 1)).all()
    over, below = Question("accuracy", 0, ("a", "b")).hits_and_rows(rows, said)
    assert (over == (rows.labels == 1)).all()
