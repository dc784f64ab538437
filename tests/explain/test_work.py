"""One explanation on its way."""

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached
from automl_tl.explain import subject as module
from automl_tl.explain.cases import Case
from automl_tl.explain.samplers.run import run_together
from automl_tl.explain.subject import Subject
from automl_tl.explain.work import Plan, draft, finish, prepare


def forever():
    return float("inf")


@pytest.fixture
def large(monkeypatch):
    """Makes a model large enough for bfloat16, on a machine that is fast at it."""

    def build(model):
        monkeypatch.setattr(module, "multiplies_bfloat16", lambda device: True)
        monkeypatch.setattr(module, "_LARGE", 0)
        return model

    return build


def test_bfloat16_is_used_where_it_answers_alike(large, image_model, bright_left):
    """And the explanation says so; both ends are those of float32, and the gap is what was missing before that."""
    case = Case(0, "1", bright_left(), "left")
    work = prepare(Subject(large(image_model())), case, Plan(), remaining=forever, seed=0)
    assert work.networks[0].precision == "bfloat16"
    run_together([work.sampling])
    found = finish(work)
    assert found.precision == "bfloat16"
    assert found.evaluations <= 260
    assert found.quality.additivity_limit == 1e-2
    assert found.quality.verdict == "faithful"
    assert found.additivity_gap <= 1e-5
    assert 0 < found.quality.additivity_gap <= 1e-2


def test_float32_is_used_where_it_does_not(large, image_model, bright_left, monkeypatch):
    """An output that bfloat16 spoils makes the explanation exact and slow instead of failed."""
    model = large(image_model())
    subject = Subject(model)
    plain = subject.fast[0].outputs
    subject.fast[0].outputs = lambda batch: plain(batch) + 0.3
    work = prepare(subject, Case(0, "1", bright_left(), "left"), Plan(), remaining=forever, seed=0)
    assert work.networks[0].precision == "float32"
    run_together([work.sampling])
    assert finish(work).quality.additivity_gap < 1e-5


def test_a_text_without_a_word_has_numbers_on_a_fast_machine_too(large, text_model):
    """No parts, so that there is nothing to anchor: base value and output are the same, and nothing has failed."""
    model = large(text_model())
    work = prepare(Subject(model), Case(0, "1", "", "x"), Plan(), remaining=forever, seed=0)
    run_together([work.sampling])
    found = finish(work)
    assert np.allclose(found.base_values, np.sort(model.logits([""])[0])[::-1], atol=1e-6)
    assert found.quality.additivity_gap <= 1e-5
    assert found.quality.verdict == "weak"


@pytest.mark.parametrize("end", ["shown", "hidden"])
def test_a_large_output_that_is_not_explained_excuses_no_error(large, image_model, head, bright_left, end):
    """An error of 0.05 is little beside a logit of -8 but too much for those of 1 and 2 that are explained."""
    weight = ((0.0,), (0.25,), (0.0,))
    subject = Subject(large(image_model(head=head(weight=weight, bias=(1.0, 1.5, -8.0)))))
    plain = subject.fast[0].outputs

    def spoilt(batch):
        full = batch["pixels"].mean(dim=(1, 2, 3))
        places = full == (full.max() if end == "shown" else full.min())
        return plain(batch) + 0.05 * places.numpy()[:, None]

    subject.fast[0].outputs = spoilt
    work = prepare(subject, Case(0, "1", bright_left(), "other"), Plan(), remaining=forever, seed=0)
    assert work.networks[0].precision == "float32"
    run_together([work.sampling])
    assert finish(work).quality.verdict != "failed"


def failing(batch):
    raise RuntimeError("expected scalar type Float but found BFloat16")


@pytest.mark.parametrize("spoilt", [failing, lambda batch: np.full((len(batch["pixels"]), 2), np.nan)])
def test_a_network_that_cannot_compute_in_bfloat16_is_explained_in_float32(
    large, image_model, bright_left, spoilt
):
    """A layer that refuses it, or answers with no number, costs time and not the explanation."""
    subject = Subject(large(image_model()))
    subject.fast[0].outputs = spoilt
    work = prepare(subject, Case(0, "1", bright_left(), "left"), Plan(), remaining=forever, seed=0)
    assert work.networks[0].precision == "float32"
    run_together([work.sampling])
    assert np.isfinite(finish(work).values).all()


def test_the_budget_counts_every_evaluation(text_model):
    """Ends, pilot and samples together; no more than was asked for."""
    model = text_model()
    text = " ".join(["good", "bad", "movie"] * 8)
    work = prepare(Subject(model), Case(0, "1", text, "x"), Plan(max_evals=60), remaining=forever, seed=0)
    run_together([work.sampling])
    assert finish(work).evaluations <= 60


def test_unfinished_sampling_is_no_explanation(text_model):
    """Not even a first round was made."""
    text = " ".join(["good", "bad", "movie"] * 8)
    work = prepare(Subject(text_model()), Case(0, "7", text, "x"), Plan(), remaining=forever, seed=0)
    with pytest.raises(DeadlineReached, match="'7'"):
        finish(work)


def test_what_is_written_follows_from_masker_and_question(text_model):
    """Names, baseline, outputs of the model itself."""
    model = text_model()
    work = prepare(
        Subject(model), Case(2, "r", "good bad", "positive"), Plan(check=False), remaining=forever, seed=0
    )
    run_together([work.sampling])
    found = finish(work)
    assert (found.row, found.row_id, found.true_class) == (2, "r", "positive")
    assert np.allclose(found.model_outputs, sorted(model.logits(["good bad"])[0], reverse=True))
    assert found.quality is None
    assert found.faithfulness is None


def test_a_draft_is_what_is_known_by_the_way(text_model):
    """Nothing before the first round, then values with their errors and without checks."""
    text = " ".join(["good", "bad", "movie"] * 8)
    work = prepare(Subject(text_model()), Case(0, "7", text, "x"), Plan(), remaining=forever, seed=0)
    assert draft(work) is None
    run_together([work.sampling])
    known = draft(work)
    assert known.quality is None
    assert known.stopped == ""
    assert np.array_equal(known.values, finish(work).values)


def test_a_set_of_labels_is_right_whatever_the_order_of_probability(text_model, head):
    """The explanation carries whether it is, and both sides are in the same words."""
    model = text_model(head=head("sigmoid", weight=((1.0,), (2.0,), (-1.0,)), bias=(0.0, 0.0, 0.0)))
    model.class_names, model.task = ("insult", "toxic", "kind"), "multilabel"
    for truth, right in (((0, 1), True), ((1,), False), (None, None)):
        case = Case(0, "1", "good good", "insult | toxic", truth)
        work = prepare(Subject(model), case, Plan(check=False, compare=False), remaining=forever, seed=0)
        run_together([work.sampling])
        found = finish(work)
        assert found.names[0] == "toxic"
        assert found.predicted_class == "insult | toxic"
        assert found.right is right


@pytest.mark.parametrize("max_evals", [14, 64, 70, 72, 140])
def test_what_a_faster_precision_costs_is_within_the_budget(large, text_model, max_evals):
    """Where it would cost the enumeration or most of a few evaluations, the text is explained in float32."""
    case = Case(0, "1", "good bad movie good bad movie", "x")
    plan = Plan(max_evals=max_evals, check=False, compare=False)
    work = prepare(Subject(large(text_model())), case, plan, remaining=lambda: 1e4, seed=0)
    run_together([work.sampling])
    found = finish(work)
    assert found.evaluations <= max_evals
    assert found.precision == ("float32" if max_evals < 72 else "bfloat16")
