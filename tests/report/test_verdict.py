"""The statements at the top."""

from dataclasses import replace

import pytest

from automl_tl.fairness.findings import Inherited, InheritedRow, SpuriousProbe
from automl_tl.finetune.evaluation import Evaluation, Interval
from automl_tl.pipeline.bias.inheritance import AFTER, BEFORE
from automl_tl.report.sections.test_metrics import TestMetrics
from automl_tl.report.verdict import LIGHTS, compare, verdict
from automl_tl.testing.report_sample import sample_image_report, sample_text_report


def against(content, **differences):
    """The content with these baselines only: name -> interval of the difference."""
    final = content.evaluation("final")
    others = tuple(
        Evaluation(name.replace("_", " "), "", final.metrics, None if d is None else Interval(*d))
        for name, d in differences.items()
    )
    return replace(content, evaluations=(final, *others))


BETTER, WORSE, OPEN = (0.1, 0.05, 0.15), (-0.1, -0.15, -0.05), (0.0, -0.1, 0.1)


@pytest.mark.parametrize(
    ("differences", "light", "answer"),
    [
        ({"linear_probe": BETTER, "from_scratch": BETTER}, "good", "Yes"),
        ({"linear_probe": OPEN, "from_scratch": BETTER}, "caution", "In part"),
        ({"linear_probe": OPEN, "from_scratch": OPEN}, "caution", "Cannot be told"),
        ({"linear_probe": WORSE, "from_scratch": BETTER}, "bad", "No: a simpler model does better"),
        ({"linear_probe": BETTER, "from_scratch": WORSE}, "bad", "No: negative transfer"),
        ({"linear_probe": BETTER}, "caution", "As far as it was measured"),
        ({"linear_probe": None}, "unknown", "Cannot be told"),
        ({"majority_class": BETTER}, "unknown", "not measured"),
    ],
)
def test_was_it_worth_it(differences, light, answer):
    """The intervals decide, never the point estimates."""
    statement = verdict(against(sample_image_report(), **differences))[2]
    assert (statement.light, statement.answer) == (light, answer)


def test_a_metric_that_is_minimised_turns_the_sign():
    """A lower log loss is better."""
    content = replace(sample_image_report(), metric="log_loss", metric_direction="minimize")
    lower = Evaluation("linear probe", "", {}, Interval(*WORSE))
    assert compare(content, lower) == "better"
    assert compare(replace(content, metric_direction="maximize"), lower) == "worse"


def test_wide_intervals_and_useless_models_are_not_good():
    """40 test rows ask for care; no better than the majority class is bad."""
    assert verdict(sample_text_report())[1].light == "bad"
    clear = against(sample_text_report(), majority_class=BETTER)
    assert verdict(clear)[1].light == "caution"
    assert verdict(sample_image_report())[1].light == "good"


def test_an_unknown_interval_decides_nothing():
    """One hospital in the test part: the figures stand there, the lights stay careful, the words say why."""
    nan = float("nan")
    content = sample_image_report()
    content = against(content, linear_probe=(-0.1, nan, nan), from_scratch=(0.4, nan, nan))
    final = content.evaluation("final")
    alone = {name: Interval(each.value, nan, nan) for name, each in final.metrics.items()}
    content = replace(content, evaluations=(replace(final, metrics=alone), *content.evaluations[1:]))
    good, worth = verdict(content)[1:3]
    assert (good.light, worth.light, worth.answer) == ("caution", "caution", "Cannot be told")
    assert any("one group" in sentence for sentence in good.sentences)
    assert all("interval unknown" in sentence for sentence in worth.sentences)


def test_the_worst_group_is_named():
    """Attribute, group and its accuracy."""
    statement = verdict(sample_image_report())[3]
    assert statement.light == "bad"
    assert statement.answer.startswith("scanner: degraded (accuracy 80.2 %)")
    content = sample_text_report()
    unasked = replace(content, fairness=replace(content.fairness, inherited=()))
    assert verdict(unasked)[3].answer == "not examined"


def test_silence_about_groups_is_never_good():
    """No evidence asks for care, little data is unknown."""
    content = sample_image_report()
    calm = tuple(a for a in content.fairness.attributes if a.verdict == "no_evidence_of_violation")
    bare = replace(content.fairness, intersections=(), slices=None, inherited=(), spurious=())
    assert verdict(replace(content, fairness=replace(bare, attributes=calm)))[3].light == "caution"
    little = tuple(replace(a, verdict="insufficient_evidence") for a in calm)
    assert verdict(replace(content, fairness=replace(bare, attributes=little)))[3].light == "unknown"


def violated_term_swap(model):
    rows = tuple(InheritedRow(name, 0.3, 20) for name in ("old", "young"))
    return Inherited(
        "term_swap", model, "own terms", 0.3, 0.2, 0.4, 40, "violation", "It moves with “old”.", rows=rows
    )


def test_what_was_found_without_a_named_group_is_on_the_card():
    """Slices, what the final model brought along, shortcuts: with an attribute that is silent and without any."""
    content = sample_text_report()
    swap = violated_term_swap(AFTER)
    probe = SpuriousProbe("file size", 0.9, 0.001, 0.001, 0.9, 0.5, 0.001, "shortcut", "It may go by file size.")
    for attributes in ((), tuple(sample_image_report().fairness.attributes[1:])):
        bare = replace(content.fairness, attributes=attributes, inherited=(), slices=None, spurious=())
        quiet = verdict(replace(content, fairness=bare))[3]
        for part, text in (({"inherited": (swap,)}, swap.summary), ({"spurious": (probe,)}, probe.summary)):
            card = verdict(replace(content, fairness=replace(bare, **part)))[3]
            assert card.light == "caution"
            assert card.answer != quiet.answer
            assert text in card.sentences
            assert set(quiet.sentences) <= set(card.sentences)
        slices = replace(bare, slices=sample_image_report().fairness.slices, inherited=(swap,), spurious=(probe,))
        card = verdict(replace(content, fairness=slices))[3]
        assert card.light == "bad"
        assert card.answer.startswith("A slice of similar examples")
        assert {slices.slices.summary, swap.summary, probe.summary} <= set(card.sentences)
        earlier = replace(
            bare, inherited=(violated_term_swap(BEFORE),), spurious=(replace(probe, verdict="warning"),)
        )
        assert verdict(replace(content, fairness=earlier))[3] == quiet


def test_gaps_between_groups_come_first_and_hide_nothing():
    """The worst group is the answer; what else was found stands below."""
    content = sample_image_report()
    bare = replace(content.fairness, inherited=(violated_term_swap(AFTER),), slices=None, spurious=())
    card = verdict(replace(content, fairness=bare))[3]
    assert card.answer.startswith("scanner: degraded")
    assert card.sentences[-1] == "It moves with “old”."


def test_every_light_has_its_own_sign():
    """Readable without colour."""
    assert len(set(LIGHTS.values())) == len(LIGHTS)
    assert {statement.light for statement in verdict(sample_image_report())} <= set(LIGHTS)


def test_a_missing_final_evaluation_is_said():
    """Nothing is made up."""
    assert verdict(replace(sample_image_report(), evaluations=()))[1].answer == "not measured"


def test_a_probe_that_is_as_good_is_recommended_with_what_it_saves():
    """14 seconds against 0.4; a probe that is clearly worse is not recommended."""
    sentences = verdict(against(sample_image_report(), linear_probe=OPEN, from_scratch=BETTER))[2].sentences
    assert any("statistically as good" in text and "35 times faster" in text for text in sentences)
    sentences = verdict(against(sample_image_report(), linear_probe=BETTER, from_scratch=BETTER))[2].sentences
    assert not any("statistically as good" in text for text in sentences)


def test_a_final_model_that_is_the_probe_is_not_compared_with_itself():
    """It says why instead."""
    content = against(sample_image_report(), linear_probe=(0.0, 0.0, 0.0), from_scratch=BETTER)
    content = replace(content, final=replace(content.final, strategy="linear_probe"))
    statement = verdict(content)[2]
    assert (statement.light, statement.answer) == ("good", "Yes")
    assert any("is a linear probe:" in text for text in statement.sentences)


@pytest.mark.parametrize("gap", [BETTER, WORSE, OPEN])
def test_a_final_model_that_is_the_probe_with_a_temperature_is_not_told_as_better_than_itself(gap):
    """Whatever the temperature does to the figure: the head is the same."""
    content = against(sample_image_report(), linear_probe=gap, from_scratch=BETTER)
    probe, *others = (replace(each, same_model=each.name == "linear probe") for each in content.evaluations[1:])
    content = replace(
        content,
        final=replace(content.final, strategy="linear_probe"),
        evaluations=(content.evaluations[0], probe, *others),
    )
    statement = verdict(content)[2]
    assert (statement.light, statement.answer) == ("good", "Yes")
    assert not any("than a linear probe" in text for text in statement.sentences)
    assert any("is a linear probe:" in text for text in statement.sentences)
    assert [compare(content, each) for each in content.evaluations if each.same_model] == ["same"]
    assert "it is the final model" in TestMetrics().render(content)


@pytest.mark.parametrize(
    "more", [{"beside": "together with 1 more models"}, {"hyperparameters": {"feature_layers": "head2toe"}}, {}]
)
def test_a_probe_that_is_more_than_the_baseline_is_compared_with_it(more):
    """Another model answers with it, it reads other layers, or it had other rows and the figures differ."""
    content = against(sample_image_report(), linear_probe=WORSE, from_scratch=BETTER)
    content = replace(content, final=replace(content.final, strategy="linear_probe", **more))
    statement = verdict(content)[2]
    assert (statement.light, statement.answer) == ("bad", "No: a simpler model does better")
    assert any(text.startswith("Worse than a linear probe") for text in statement.sentences)
    assert not any("is a linear probe:" in text for text in statement.sentences)


def test_the_condition_of_a_comparison_is_in_its_sentence():
    content = against(sample_image_report(), linear_probe=BETTER, from_scratch=BETTER)
    *others, scratch = content.evaluations
    scratch = replace(scratch, condition="both deciding at one half")
    sentences = verdict(replace(content, evaluations=(*others, scratch)))[2].sentences
    said = [text for text in sentences if text.endswith(", both deciding at one half.")]
    assert len(said) == 1
    assert "trained from scratch" in said[0]


def test_a_much_smaller_model_is_named_but_decides_nothing():
    """Whether pretraining paid is not its business."""
    content = against(sample_image_report(), smaller_model=OPEN, linear_probe=BETTER, from_scratch=BETTER)
    statement = verdict(content)[2]
    assert statement.answer == "Yes"
    assert any(text.startswith("A much smaller model") for text in statement.sentences)
