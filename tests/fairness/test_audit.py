"""The whole audit: groups, rates, gaps, tests and plain sentences, on good and on bad input."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import automl_tl.fairness
from automl_tl.errors import InvalidInput
from automl_tl.fairness.audit import audit
from automl_tl.fairness.base import FairnessReport
from automl_tl.json_codec import from_plain, to_plain

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision")


def degraded(n=200, seed=0):
    """Right in 98 % of clean rows and 70 % of degraded rows."""
    rng = np.random.default_rng(seed)
    scanner = np.array(["clean", "degraded"] * (n // 2))
    true = rng.integers(0, 3, n)
    wrong = rng.random(n) < np.where(scanner == "clean", 0.02, 0.3)
    return true, np.where(wrong, (true + 1) % 3, true), scanner


def flipped(rng, n, right):
    """Two classes at random, right with the given probability."""
    true = rng.integers(0, 2, n)
    return true, np.where(rng.random(n) < right, true, 1 - true)


def test_a_real_gap_is_found_and_named():
    """Verdict, worst group, interval and sentence agree."""
    true, pred, scanner = degraded()
    report = audit(true, pred, {"scanner": scanner}, class_names=("a", "b", "c"))
    (attribute,) = report.attributes
    clean, worse = attribute.groups
    assert report.verdicts == {"scanner": "violation"}
    assert attribute.worst_group == "degraded"
    assert attribute.p_adjusted < 0.001
    assert (clean.count, worse.count, report.count) == (100, 100, 200)
    difference = worse.rates["accuracy"].value - clean.rates["accuracy"].value
    assert attribute.gaps["accuracy"] == pytest.approx(-difference)
    compared = worse.comparisons["accuracy"]
    assert compared.difference == worse.versus_rest
    assert compared.difference.value == pytest.approx(difference)
    assert compared.difference.high < 0
    assert compared.ratio.value == pytest.approx(worse.rates["accuracy"].value / clean.rates["accuracy"].value)
    assert compared.ratio.low < compared.ratio.value < compared.ratio.high < 1
    assert compared.p_value <= compared.p_adjusted
    assert "Where “scanner” is “degraded”, accuracy is" in attribute.summary
    assert "points less" in attribute.summary


def test_no_gap_never_means_fair():
    """With enough rows the sentence says what could have been missed."""
    true, pred = flipped(np.random.default_rng(1), 200, 0.9)
    (attribute,) = audit(true, pred, {"site": ["a", "b"] * 100}, class_names=("no", "yes")).attributes
    assert attribute.verdict == "no_evidence_of_violation"
    assert "not proof" in attribute.summary
    assert "fair" not in attribute.summary
    assert 0.1 < attribute.detectable_gap < 0.3


def test_few_rows_are_not_enough():
    """Twelve rows in two groups support no verdict; groups under ten rows are not tested at all."""
    (attribute,) = audit([0, 1] * 6, [0, 1] * 6, {"site": ["a", "b"] * 6}).attributes
    assert attribute.verdict == "insufficient_evidence"
    assert (attribute.p_value, attribute.worst_group) == (None, "")
    assert "two groups of 30 rows" in attribute.summary


def test_a_group_too_small_to_judge_withholds_the_verdict():
    """20 of 220 rows: silence about them is no evidence; 3 of 203 are named and left open."""
    true, pred = flipped(np.random.default_rng(2), 220, 0.85)
    three = np.arange(220) % 3
    (small,) = audit(three, three, {"g": ["a", "b"] * 100 + ["c"] * 20}).attributes
    assert small.verdict == "insufficient_evidence"
    assert "“c”" in small.findings[0].reason
    tiny = audit(true[:203], pred[:203], {"g": ["a", "b"] * 100 + ["c"] * 3}).attributes[0]
    assert tiny.findings[0].verdict == "no_evidence_of_violation"
    assert "says nothing about “c”" in tiny.findings[0].reason


def test_one_gap_among_many_attributes_is_corrected():
    """One family; a column of noise stays without evidence."""
    true, pred, scanner = degraded()
    noise = np.random.default_rng(5).choice(["x", "y"], len(true))
    report = audit(true, pred, {"noise": noise, "scanner": scanner}, class_names=("a", "b", "c"))
    noisy, real = report.attributes
    assert noisy.verdict != "violation"
    assert real.verdict == "violation"
    assert report.family.tests == sum(
        finding.p_value is not None
        for entry in (*report.attributes, *report.intersections)
        for finding in (*entry.findings, *entry.labels)
    )
    assert real.p_adjusted > real.p_value


def test_harm_where_two_groups_meet():
    """Neither attribute alone shows it."""
    rng = np.random.default_rng(3)
    sex, age = rng.choice(["f", "m"], 800), rng.choice(["old", "young"], 800)
    met = (sex == "f") == (age == "old")
    true, pred = flipped(rng, 800, np.where(met, 0.65, 0.95))
    report = audit(true, pred, {"sex": sex, "age": age})
    assert report.verdicts["sex \N{MULTIPLICATION SIGN} age"] == "violation"
    assert [entry.verdict for entry in report.attributes] == ["no_evidence_of_violation"] * 2
    assert {row.group for row in report.intersections[0].groups} >= {"f \N{MULTIPLICATION SIGN} old"}


def test_label_disparity_is_not_model_disparity():
    """A model that is right everywhere repeats the labels; only a named outcome makes that its violation."""
    rng = np.random.default_rng(4)
    site = np.array(["a", "b"] * 200)
    true = (rng.random(400) < np.where(site == "a", 0.8, 0.3)).astype(int)
    plain, named = audit(true, true, {"site": site}), audit(true, true, {"site": site}, favourable=1)
    assert plain.label_verdicts == {"site": "violation"}
    assert plain.verdicts == {"site": "no_evidence_of_violation"}
    outcome = next(f for f in plain.attributes[0].findings if f.rate == "selection_rate[1]")
    assert "true labels differ" in outcome.reason
    rule = plain.attributes[0].four_fifths
    assert {rule.verdict, *(row.verdict for row in rule.rows)} == {"insufficient_evidence"}
    assert "gets the answer “1”" in rule.summary
    assert "true labels differ" in rule.summary
    assert named.verdicts == {"site": "violation"}
    assert named.attributes[0].four_fifths.verdict == "violation"
    assert "gets the favourable answer" in named.attributes[0].four_fifths.summary


def test_a_model_that_is_right_everywhere_never_fails_the_four_fifths_rule_of_an_unnamed_answer():
    """Also where the rule sees a gap in the labels that their own corrected test does not."""
    site = np.array(["a"] * 40 + ["b"] * 40)
    true = np.array([1] * 20 + [0] * 20 + [1] * 8 + [0] * 32)
    plain, named = audit(true, true, {"site": site}), audit(true, true, {"site": site}, favourable=1)
    assert plain.label_verdicts["site"] != "violation"
    assert named.attributes[0].four_fifths.verdict == "violation"
    assert plain.attributes[0].four_fifths.verdict == "insufficient_evidence"


def test_an_unnamed_answer_that_the_model_alone_deals_out_unequally_fails_the_rule():
    """Labels are alike; the answer has no name but its own."""
    rng = np.random.default_rng(11)
    site, true = np.array(["a", "b"] * 200), rng.permutation(np.arange(400) % 2)
    pred = np.where(site == "b", true * (rng.random(400) < 0.4), true).astype(int)
    rule = audit(true, pred, {"site": site}).attributes[0].four_fifths
    assert rule.verdict == "violation"
    assert "“b” gets the answer “1”" in rule.summary


def test_a_named_label_of_a_set_is_judged_whatever_its_cause():
    """Sets of labels have no class by default."""
    rng = np.random.default_rng(12)
    site = np.array(["a", "b"] * 200)
    first = (rng.random(400) < np.where(site == "a", 0.8, 0.3)).astype(int)
    true = np.stack([first, np.arange(400) % 2], axis=1)
    (entry,) = audit(true, true, {"site": site}, class_names=("hired", "other"), favourable="hired").attributes
    assert (entry.verdict, entry.four_fifths.verdict) == ("violation", "violation")
    assert audit(true, true, {"site": site}, class_names=("hired", "other")).verdicts["site"] != "violation"


def test_unmeasurable_rates_are_none_and_leave_the_gap():
    """A group without any positive has no true-positive rate, and the gap needs two groups."""
    report = audit([1] * 20 + [0] * 20, [1, 0] * 20, {"g": ["a"] * 20 + ["b"] * 20}, class_names=("no", "yes"))
    (attribute,) = report.attributes
    assert report.positive_class == "yes"
    assert report.rate_names[1] == "selection_rate[yes]"
    assert attribute.groups[1].rates["true_positive_rate[yes]"].value is None
    assert attribute.gaps["true_positive_rate[yes]"] is None
    assert '"value": 0.0' not in json.dumps(to_plain(attribute.groups[1].rates["true_positive_rate[yes]"]))


def test_a_tolerance_lets_small_certain_gaps_pass():
    """99 % against 95 % on 4000 rows is certain, and within ten points."""
    true, pred = flipped(np.random.default_rng(6), 4000, np.where(np.arange(4000) % 2, 0.99, 0.95))
    groups = {"g": ["a", "b"] * 2000}
    assert audit(true, pred, groups).verdicts["g"] == "violation"
    calm = audit(true, pred, groups, tolerance=0.1)
    assert calm.verdicts["g"] == "no_evidence_of_violation"
    assert "tolerance of 0.1" in calm.attributes[0].findings[0].reason


def test_regression_compares_errors():
    """Mean absolute error and bias by group, with a permutation test; shares are not made up."""
    rng = np.random.default_rng(7)
    group = np.array(["a", "b", "c"] * 80)
    true = rng.normal(size=240)
    pred = true + rng.normal(size=240) * np.where(group == "c", 2.0, 0.5)
    report = audit(true, pred, {"g": group})
    (attribute,) = report.attributes
    assert report.rate_names == ("mean_absolute_error", "mean_error")
    assert (attribute.verdict, attribute.worst_group) == ("violation", "c")
    assert attribute.groups[2].rates["mean_absolute_error"].method == "t"
    assert "mean absolute error is" in attribute.summary
    assert "%" not in attribute.summary.replace("95 %", "")


@pytest.mark.parametrize("others", [0.0, 1.0], ids=["unbiased", "one above"])
@pytest.mark.parametrize("names", [("f", "m"), ("f", "m", "x")], ids=["two groups", "three"])
def test_a_mean_error_is_worst_where_it_is_farthest_from_zero(names, others):
    """Predicted five too low is the harm here, and not being the group with the higher mean error."""
    rng = np.random.default_rng(11)
    group = np.array(names * 100)
    true = rng.normal(50, 10, size=len(group))
    pred = true + rng.normal(size=len(group)) + np.where(group == "f", -5.0, others)
    (attribute,) = audit(true, pred, {"sex": group}).attributes
    assert attribute.worst_group == "f"
    bias = next(finding for finding in attribute.findings if finding.rate == "mean_error")
    assert (bias.verdict, bias.group) == ("violation", "f")


def test_a_rare_favourable_class_is_judged():
    """The class that is good to get is looked at even if 24 others are more frequent, also in combinations."""
    rng = np.random.default_rng(12)
    names = (*(f"c{index:02d}" for index in range(24)), "grant")
    true = rng.integers(0, 24, 1200)
    true[:60] = 24
    groups = {"sex": ["f", "m"] * 600, "age": ["young", "young", "old", "old"] * 300}
    pred = true.copy()
    pred[0:60:2] = 0
    report = audit(true, pred, groups, class_names=names, favourable="grant")
    found = {f.rate: f.verdict for f in report.attributes[0].findings}
    assert found["selection_rate[grant]"] == found["true_positive_rate[grant]"] == "violation"
    assert report.attributes[0].four_fifths is not None
    joint = {finding.rate for finding in report.intersections[0].findings}
    assert joint == {"accuracy", *(f"{rate}[grant]" for rate in RATES)}
    assert any("the rates of “grant” only" in note for note in report.notes)


def test_a_named_label_decides_the_verdict_of_a_multilabel_model():
    """Silence needs the named label's rates too, not only exact matches."""
    rng = np.random.default_rng(13)
    true = np.stack([rng.integers(0, 2, 400), np.zeros(400, dtype=int)], axis=1)
    true[:12, 1] = 1
    (attribute,) = audit(
        true, true, {"g": ["a", "b"] * 200}, class_names=("p", "loan"), favourable="loan"
    ).attributes
    assert attribute.verdict == "insufficient_evidence"
    assert "loan" in attribute.summary


def test_the_figure_of_a_verdict_is_named():
    """A violation of a true positive rate is about that, and not about accuracy."""
    rng = np.random.default_rng(14)
    true, group = rng.integers(0, 2, 800), np.array(["a", "b"] * 400)
    missed = (group == "b") & (true == 1) & (rng.random(800) < 0.4)
    invented = (group == "a") & (true == 0) & (rng.random(800) < 0.4)
    pred = np.where(missed, 0, np.where(invented, 1, true))
    (attribute,) = audit(true, pred, {"g": group}, favourable=1).attributes
    assert attribute.verdict == "violation"
    assert attribute.worst_rate != "accuracy"
    assert attribute.worst_rate == next(
        f.rate for f in attribute.findings if f.verdict == "violation" and f.rate == attribute.worst_rate
    )


def test_multilabel_compares_each_label():
    """One label fails in one group."""
    rng = np.random.default_rng(8)
    group = np.array(["a", "b"] * 150)
    true = rng.integers(0, 2, (300, 3))
    pred = true.copy()
    worse = (group == "b") & (rng.random(300) < 0.5)
    pred[worse, 1] = 1 - pred[worse, 1]
    report = audit(true, pred, {"g": group}, class_names=("p", "q", "r"))
    found = {f.rate for f in report.attributes[0].findings if f.verdict == "violation"}
    assert "true_positive_rate[q]" in found
    assert not any(rate.endswith(("[p]", "[r]")) for rate in found)


def test_further_figures_of_rows_are_compared_too():
    """Sets that are larger for one group; a figure for fewer rows is refused."""
    rng = np.random.default_rng(9)
    true, pred = flipped(rng, 300, 0.9)
    group = np.array(["a", "b"] * 150)
    size = rng.integers(1, 3, 300) + 2 * (group == "b")
    report = audit(true, pred, {"g": group}, row_figures={"size of set": size})
    found = next(f for f in report.attributes[0].findings if f.rate == "size of set")
    assert (found.verdict, found.group) == ("violation", "b")
    assert report.attributes[0].groups[1].rates["size of set"].value == pytest.approx(size[1::2].mean())
    with pytest.raises(InvalidInput, match="row_figures"):
        audit(true, pred, {"g": group}, row_figures={"size of set": size[:5]})


BAD = {
    "nothing": ([], [], {"g": []}),
    "one member": ([0, 1, 1], [0, 1, 0], {"g": ["a", "b", "b"]}),
    "no positives": ([0] * 80, [0, 1] * 40, {"g": ["a"] * 40 + ["b"] * 40}),
    "one class": ([0] * 80, [0] * 80, {"g": ["a", "b"] * 40}),
    "missing": ([0, 1] * 40, [0, 1] * 40, {"g": [None, float("nan"), pd.NA, "", " "] * 16}),
    "continuous": ([0, 1] * 40, [0, 1] * 40, {"g": np.random.default_rng(0).normal(size=80)}),
    "constant": ([0, 1] * 40, [0, 1] * 40, {"g": ["a"] * 80}),
    "50 groups": ([0, 1] * 100, [0, 1] * 100, {"g": [f"g{i % 50}" for i in range(200)]}),
    "strings": (["hired", "not"] * 50, ["hired", "not"] * 50, {"g": ["a", "b", "b", "a"] * 25}),
    "bools": ([True, False] * 50, [True, False] * 50, {"g": ["a", "b", "b", "a"] * 25}),
    "regression on one row": ([0.5], [0.7], {"g": ["a"]}),
    "constant regression": ([0.5] * 80, [0.5] * 80, {"g": ["a", "b"] * 40}),
    "no attribute": ([0, 1], [0, 1], {}),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_worded_rows(name):
    """No crash, no warning, no silent 0: what has no denominator has no value and a note."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = audit(*BAD[name])
        report.to_html()
    assert from_plain(FairnessReport, json.loads(report.to_json())) == report
    for attribute in (*report.attributes, *report.intersections):
        assert attribute.verdict in ("no_evidence_of_violation", "insufficient_evidence", "violation")
        assert attribute.summary
        for group in attribute.groups:
            for rate in group.rates.values():
                assert (rate.value is None) == bool(rate.note)
                assert rate.value is None or rate.denominator >= 10


def test_why_no_gap_could_have_been_seen_is_told_as_it_is():
    """Hundreds of rows that are all answered wrongly are not few."""
    (entry,) = audit([0, 1] * 150, [1, 0] * 150, {"g": ["a", "b", "b", "a"] * 75}).attributes
    assert entry.verdict == "insufficient_evidence"
    assert "none could be worse off" in entry.summary
    assert "so few rows" not in entry.summary


def test_a_number_that_is_mostly_zero_is_audited():
    """Prior convictions: four of five have none, and the model fails for those who have some."""
    rng = np.random.default_rng(3)
    convictions = np.concatenate([np.zeros(800, dtype=int), 1 + np.arange(200) % 15])
    true, pred = flipped(rng, 1000, np.where(convictions > 0, 0.7, 0.9))
    (attribute,) = audit(true, pred, {"convictions": convictions}).attributes
    assert attribute.verdict == "violation"
    assert [(row.group, row.count) for row in attribute.groups] == [("0", 800), ("above 0", 200)]
    assert attribute.worst_group == "above 0"


def test_unknown_values_are_counted():
    """None, NaN and blanks are unknown, not a group."""
    (attribute,) = audit(["a", "b", "a"], ["a", "b", "b"], {"g": ["x", None, float("nan")]}).attributes
    assert attribute.unknown == 2
    assert [row.group for row in attribute.groups] == ["x"]
    assert attribute.groups[0].versus_rest is None


def test_the_public_name_takes_labels_as_they_are():
    """automl_tl.fairness.audit works without class names, on frames and on one bare column."""
    frame = pd.DataFrame({"g": ["x", "y"] * 20})
    report = automl_tl.fairness.audit(["cat", "dog"] * 20, ["cat", "cat"] * 20, frame, favourable="cat")
    assert report.positive_class == "cat"
    assert report.attributes[0].groups[1].rates["accuracy"].value == 0.0
    assert list(automl_tl.fairness.audit([0, 1], [0, 1], ["x", "y"]).verdicts) == ["group"]


@pytest.mark.parametrize(
    ("arguments", "options", "text"),
    [
        (([0, 1], [0, 1], {"g": ["x"]}), {}, "one value per row"),
        (([0, 1], [0, 1], {}), {"alpha": 0.7}, "alpha must be in"),
        (([0, 1], [0, 1], {}), {"tolerance": -1}, "tolerance must be in"),
    ],
)
def test_wrong_arguments_name_the_field(arguments, options, text):
    """Rule, value and field are in the message."""
    with pytest.raises(InvalidInput, match=text):
        audit(*arguments, **options)


def test_a_classifier_biased_on_purpose_is_flagged_and_permuted_identities_are_not():
    """Sentences of a template; a bag of words that was taught that two of six identities are toxic."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    people = np.array(["black", "gay", "young", "old", "deaf", "european"])
    said = {0: ["kind", "great", "clever", "gentle"], 1: ["vile", "stupid", "rotten", "nasty"]}
    identity, toxic = rng.choice(people, 720), rng.integers(0, 2, 720)
    texts = [f"a {who} person is {rng.choice(said[bad])}" for who, bad in zip(identity, toxic, strict=True)]
    words, seen = CountVectorizer(binary=True).fit_transform(texts), np.arange(720) < 360
    hated = np.isin(identity, people[:2])
    taught = np.where(seen & hated & (rng.random(720) < 0.8), 1, toxic)
    answers = LogisticRegression().fit(words[seen], taught[seen]).predict(words[~seen])
    true, groups = toxic[~seen], identity[~seen]
    report = audit(true, answers, {"identity": groups}, favourable=0)
    assert report.verdicts == {"identity": "violation"}
    assert report.attributes[0].worst_group in people[:2]
    permuted = [audit(true, answers, {"identity": rng.permutation(groups)}, favourable=0) for _ in range(60)]
    assert np.mean(["violation" in each.verdicts.values() for each in permuted]) <= 0.05


def states(rows, right, count=50, bad="s35", worse=None):
    """Every state with so many rows, right with the same probability but one."""
    state = np.array([f"s{i % count:02d}" for i in range(count * rows)])
    chance = np.where(state == bad, right if worse is None else worse, right)
    return *flipped(np.random.default_rng(20), count * rows, chance), state


def test_one_bad_group_among_fifty_large_ones_is_found():
    """Right in 90 % of the rows of 49 states and in 55 % of those of the 36th."""
    true, pred, state = states(100, 0.9, worse=0.55)
    report = audit(true, pred, {"state": state})
    (entry,) = report.attributes
    assert (entry.verdict, entry.worst_group, entry.note) == ("violation", "s35", "")
    assert [row.count for row in entry.groups] == [100] * 50
    assert report.family.tests == 6


def test_silence_on_fifty_groups_says_what_each_of_them_would_have_needed():
    """The gap that would be seen is that of one group of 100 among 50, and not of a pool of thousands."""
    (few,) = audit(*states(100, 0.9, count=5)[:2], {"g": states(100, 0.9, count=5)[2]}).attributes
    true, pred, state = states(100, 0.9)
    (many,) = audit(true, pred, {"state": state}).attributes
    assert many.verdict == few.verdict == "no_evidence_of_violation"
    assert len(many.groups) == 50
    assert 0.1 < many.detectable_gap < 0.25
    one = [row.comparisons["accuracy"].detectable_gap for row in many.groups]
    assert many.detectable_gap == pytest.approx(max(one))


def test_fifty_groups_of_four_rows_stay_without_a_verdict():
    """Their pool of 120 rows is none of them."""
    true, pred, state = states(4, 0.9)
    (entry,) = audit(true, pred, {"state": state}).attributes
    assert entry.verdict == "insufficient_evidence"
    assert "none has 10" in entry.findings[0].reason


def test_many_rare_values_together_withhold_the_verdict():
    """Two groups of 200 rows and forty of five: a pool of 200 rows says nothing of any of them."""
    true, pred = flipped(np.random.default_rng(21), 600, 0.9)
    column = ["a", "b"] * 200 + [f"r{i % 40}" for i in range(200)]
    (entry,) = audit(true, pred, {"g": column}, favourable=1).attributes
    assert entry.verdict == "insufficient_evidence"
    assert "each value of “other (22 rare values pooled)”" in entry.findings[0].reason
    assert entry.four_fifths.verdict == "insufficient_evidence"


def test_large_groups_beyond_the_most_that_are_judged_turn_silence_into_doubt():
    """Of 101 groups of 40 rows one is pooled: nobody looked at it."""
    true, pred, state = states(40, 0.9, count=101)
    (entry,) = audit(true, pred, {"state": state}).attributes
    assert entry.verdict == "insufficient_evidence"
    assert entry.findings[0].reason == "1 group was pooled and not judged"


def test_a_cell_among_36_combinations_is_found():
    """Six values by six, 60 rows each, one of them right in half of its rows."""
    cell = np.arange(36 * 60) % 36
    true, pred = flipped(np.random.default_rng(22), 36 * 60, np.where(cell == 29, 0.5, 0.92))
    report = audit(true, pred, {"a": [f"a{c // 6}" for c in cell], "b": [f"b{c % 6}" for c in cell]})
    (joint,) = report.intersections
    assert (joint.verdict, joint.worst_group) == ("violation", "a4 \N{MULTIPLICATION SIGN} b5")
    assert len(joint.groups) == 36


def test_what_is_in_no_combination_is_noted():
    """Eight attributes: the last two are only compared alone."""
    rng = np.random.default_rng(23)
    true, pred = flipped(rng, 200, 0.9)
    report = audit(true, pred, {name: rng.choice(["x", "y"], 200) for name in "abcdefgh"})
    assert len(report.intersections) == 15
    assert any("“g”, “h” are in none" in note for note in report.notes)
    assert any("only pairs" in note for note in report.notes)


def test_groups_without_a_row_are_listed_and_not_tested():
    """An unused category, a group of rows without a label, and one of another part of the data."""
    true, pred = flipped(np.random.default_rng(24), 200, 0.9)
    column = pd.Series(["a", "b"] * 100 + ["unlabelled"] * 5)
    labels, said = [*true.tolist(), *[None] * 5], [*pred.tolist(), *[0] * 5]
    plain = audit(true, pred, {"g": column[:200]}, favourable=1)
    unused = pd.Categorical(column, categories=["a", "b", "unlabelled", "unused"])
    report = audit(labels, said, {"g": unused}, favourable=1, group_sizes={"g": {"a": 300, "elsewhere": 4}})
    (entry,) = report.attributes
    empty = [row for row in entry.groups if not row.count]
    assert [row.group for row in empty] == ["elsewhere", "unlabelled", "unused"]
    assert {rate.value for row in empty for rate in row.rates.values()} == {None}
    assert empty[0].rates["accuracy"].note == "not measurable: no rows"
    assert report.family == plain.family
    assert (entry.verdict, entry.four_fifths.verdict) == ("no_evidence_of_violation",) * 2
    assert entry.p_adjusted == plain.attributes[0].p_adjusted
    assert "says nothing about “elsewhere”, “unlabelled”, “unused”" in entry.findings[0].reason
    assert "n = 0" in report.to_html()
