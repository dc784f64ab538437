"""The final model is planned on held-out examples, and every decision is told."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from automl_tl.finetune import contest, cross_validate, finishing, probe_choice
from automl_tl.finetune.contest import Evidence, Verdict
from automl_tl.finetune.cross_validate import HeldOut
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.final_plan import FinalPlan, Run, carry_out
from automl_tl.finetune.finishing import plan_final_model
from automl_tl.finetune.fitted import load
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.rivals import FinishedRun
from automl_tl.finetune.trial import run_trial

RECIPE = Recipe("full_finetune", updates=9, batch_size=12, learning_rate=2e-3)


@pytest.fixture
def found(workload, model_id, load_tiny, unlimited):
    """Return finished runs (two fine-tuned, one probe) and what loads their checkpoints."""
    runs, checkpoints = [], {}
    for trial, recipe, seed in (("t2", RECIPE, 1), ("t3", RECIPE, 2), ("t1", Recipe("linear_probe"), 0)):
        outcome = run_trial(
            workload, trial=trial, model=model_id, recipe=recipe, seed=seed, report=lambda point: True,
            remaining=unlimited, load_model=load_tiny,
        )  # fmt: skip
        run = Run(trial, model_id, recipe, seed, outcome.best.update)
        runs.append(FinishedRun(run, {**outcome.best.metrics, "log_loss": 0.1 * len(runs)}, outcome.seconds))
        checkpoints[run] = load(outcome.checkpoint)
    return runs, checkpoints


@pytest.fixture
def plan(workload, found, load_tiny, unlimited):
    runs, checkpoints = found

    def make(runs=runs, remaining=unlimited, workload=workload, **options):
        return plan_final_model(
            workload, runs, checkpoint=checkpoints.__getitem__, load_model=load_tiny, remaining=remaining, seed=0,
            **options,
        )  # fmt: skip

    return make


def verdict(monkeypatch, **kept: bool) -> None:
    """Let steps be decided by name instead of by numbers."""

    def told(step, *args, settings=None, **kwargs):
        return Decision(step, kept.get(step, False), "told so", settings=settings or {})

    monkeypatch.setattr(finishing, "weigh", told)
    mixture = told("mixture")
    part = 0.25 if mixture.kept else 1.0
    fine_tuning = told("fine-tuning")
    verdict = Verdict(part if fine_tuning.kept else 0.0, fine_tuning, mixture if fine_tuning.kept else None)
    monkeypatch.setattr(finishing, "against_probe", lambda *args, **kwargs: verdict)


def test_the_probe_is_returned_where_fine_tuning_is_not_kept(plan, found, monkeypatch):
    verdict(monkeypatch)
    done = plan()
    assert done.plan.runs == (found[0][2].run,)
    assert [decision.step for decision in done.decisions] == ["fine-tuning", "temperature"]
    assert done.decisions[-1].evidence == "cross-validation"


def test_every_kept_step_is_in_the_plan_and_in_the_model(plan, found, workload, load_tiny, unlimited, monkeypatch):
    verdict(monkeypatch, **{"fine-tuning": True, "soup": True, "interpolation": True})
    monkeypatch.setattr(finishing, "greedy_soup", lambda models, *args: tuple(range(len(models))))
    done = plan()
    assert [decision.step for decision in done.decisions] == [
        "fine-tuning", "soup", "interpolation", "mixture", "temperature"
    ]  # fmt: skip
    assert [run.trial for run in done.plan.runs] == ["t2", "t3"]
    assert done.plan.share in finishing.SHARES
    again = carry_out(
        done.plan, workload, checkpoint=found[1].__getitem__, load_model=load_tiny, remaining=unlimited
    )
    inputs = workload.validation.inputs
    np.testing.assert_array_equal(again.predict_proba(inputs), done.model.predict_proba(inputs))


def test_what_is_not_kept_leaves_the_checkpoint_as_it_is(plan, found, monkeypatch):
    verdict(monkeypatch, **{"fine-tuning": True})
    done = plan()
    assert done.plan.runs == (found[0][0].run,)
    assert done.plan.share == 1.0
    np.testing.assert_array_equal(done.model.head.weight, found[1][done.plan.lead].head.weight)


def test_the_probe_answers_beside_the_checkpoint_with_its_part(
    plan, found, workload, load_tiny, unlimited, monkeypatch
):
    """The pretrained weights have their part then, and are not mixed in a second time."""
    verdict(monkeypatch, **{"fine-tuning": True, "mixture": True, "interpolation": True})
    done = plan()
    tuned, _, probe = (each.run for each in found[0])
    assert (done.plan.runs, done.plan.share) == ((tuned,), 1.0)
    assert (done.plan.members, done.plan.parts) == ((probe,), (0.25, 0.75))
    inputs = workload.validation.inputs[:6]
    own, other = (found[1][run].predict_proba(inputs) for run in (tuned, probe))
    mean = np.log(0.25 * own + 0.75 * other) / done.plan.temperature
    np.testing.assert_allclose(done.model.predict_proba(inputs), softmax(mean, axis=1), atol=1e-6)
    interpolation = next(each for each in done.decisions if each.step == "interpolation")
    assert "answers beside it" in interpolation.reason
    again = carry_out(
        done.plan, workload, checkpoint=found[1].__getitem__, load_model=load_tiny, remaining=unlimited
    )
    np.testing.assert_array_equal(again.predict_proba(inputs), done.model.predict_proba(inputs))


def test_where_models_are_limited_nothing_answers_beside_another(plan, found):
    done = plan(mixing=False)
    assert done.plan.members == ()
    assert "mixture" not in {each.step for each in done.decisions}


def folds_that_praise_the_run(monkeypatch) -> None:
    labels = np.arange(300) % 3
    right, wrong = (np.full((300, 3), 0.05) + 0.85 * np.eye(3)[(labels + step) % 3] for step in (0, 1))
    praise = HeldOut(np.arange(300), labels, wrong, right, 3)
    monkeypatch.setattr(contest, "held_out_answers", lambda *args, **kwargs: praise)


def right_on_validation(model, workload) -> float:
    answers = model.answers(workload.validation.inputs)
    return float(np.mean(answers.argmax(axis=1) == workload.validation.labels))


@pytest.mark.parametrize("mixing", [True, False])
def test_a_run_that_validation_puts_below_the_probe_answers_only_as_far_as_it_does_no_harm(
    plan, found, workload, monkeypatch, mixing
):
    """Its head is spoilt, and the folds are all praise."""
    runs, checkpoints = found
    probe = right_on_validation(checkpoints[runs[2].run], workload)
    for spoilt in runs[:2]:
        model = checkpoints[spoilt.run]
        checkpoints[spoilt.run] = replace(model, head=replace(model.head, weight=-model.head.weight))
        assert right_on_validation(checkpoints[spoilt.run], workload) < probe
    folds_that_praise_the_run(monkeypatch)
    done = plan(mixing=mixing)
    assert right_on_validation(done.model, workload) >= probe
    assert mixing or done.plan.lead == runs[2].run


def test_what_became_worse_than_the_probe_on_the_way_is_given_up(plan, found, workload, monkeypatch):
    """The average of two checkpoints was kept by mistake; only the linear probe is sure to be no worse."""
    runs, checkpoints = found
    verdict(monkeypatch, **{"fine-tuning": True, "soup": True})
    monkeypatch.setattr(finishing, "greedy_soup", lambda models, *args: (0, 1))
    model = checkpoints[runs[0].run]
    useless = replace(model, head=replace(model.head, weight=-model.head.weight))
    monkeypatch.setattr(finishing, "average", lambda models: useless)
    done = plan()
    assert done.plan.runs == (runs[2].run,)
    floor = next(each for each in done.decisions if each.step == "floor")
    assert floor.kept
    assert floor.gains[0].after == right_on_validation(done.model, workload) > floor.gains[0].before


def test_by_log_loss_the_floor_looks_at_answers_as_they_will_be_calibrated(plan, found, workload, monkeypatch):
    """The run is far too sure of every fourth row; the probe knows nothing and loses less before a temperature."""
    runs, checkpoints = found
    verdict(monkeypatch, **{"fine-tuning": True})
    for each, factor in ((runs[0], 10.0), (runs[2], 0.0)):
        model = checkpoints[each.run]
        head = replace(model.head, weight=factor * model.head.weight, bias=factor * model.head.bias)
        checkpoints[each.run] = replace(model, head=head)
    labels = workload.validation.labels.copy()
    labels[::4] = (labels[::4] + 1) % 3
    doubtful = replace(workload, metric="log_loss", validation=replace(workload.validation, labels=labels))
    loss = metrics.get("log_loss")
    sure, blank = (
        loss.value(labels, checkpoints[each.run].answers(workload.validation.inputs)) for each in runs[::2]
    )
    assert sure > blank
    done = plan(runs=runs[::2], workload=doubtful)
    assert done.plan.lead == runs[0].run
    assert done.plan.temperature > 2
    assert "floor" not in {each.step for each in done.decisions}


def test_without_time_to_answer_beside_a_run_that_needs_it_the_probe_answers_alone(
    plan, found, workload, monkeypatch
):
    """The verdict asked for a mean of both, and then the time was over."""
    runs, checkpoints = found
    for spoilt in runs[:2]:
        model = checkpoints[spoilt.run]
        checkpoints[spoilt.run] = replace(model, head=replace(model.head, weight=-model.head.weight))
    over = []

    def mean(*args, **kwargs):
        over.append(True)
        kept = Decision("fine-tuning", True, "told so")
        return Verdict(0.25, kept, Decision("mixture", True, "told so"))

    monkeypatch.setattr(finishing, "against_probe", mean)
    done = plan(remaining=lambda: -1.0 if over else 1e9)
    assert over
    assert done.plan.runs == (runs[2].run,)


def test_what_folds_said_of_the_plan_calibrates_it(plan, found, monkeypatch, workload):
    """More rows than validation has, and none of them helped to choose the run."""
    labels = np.arange(300) % 3
    sure = np.full((300, 3), 0.01) + 0.97 * np.eye(3)[np.where(np.arange(300) % 4, labels, (labels + 1) % 3)]
    evidence = Evidence(labels, sure, sure, "cross-validation", 3)
    kept = Decision("fine-tuning", True, "told so")
    monkeypatch.setattr(finishing, "against_probe", lambda *args, **kwargs: Verdict(1.0, kept, None, evidence))
    monkeypatch.setattr(finishing, "weigh", lambda step, *args, **kwargs: Decision(step, False, "told so"))
    temperature = plan(runs=found[0][::2]).decisions[-1]
    assert (temperature.step, temperature.evidence) == ("temperature", "cross-validation")
    assert temperature.gains[0].examples == 300
    assert temperature.kept


def test_a_probe_is_calibrated_on_validation_where_the_clock_cannot_afford_all_rows(
    plan, found, workload, monkeypatch
):
    """Choosing its penalty once more may take what is left: it is begun, and given up at its part of the time."""
    verdict(monkeypatch)
    real, allowed = probe_choice.choose_head, []

    def slow(*args, remaining, **options):
        allowed.append(remaining())
        time.sleep(max(0.0, 1.1 * remaining()))
        return real(*args, remaining=remaining, **options)

    monkeypatch.setattr(probe_choice, "choose_head", slow)
    monkeypatch.setattr(cross_validate, "choose_head", slow)
    told = plan(remaining=lambda: 8.0).decisions[-1]
    assert (told.step, told.evidence) == ("temperature", "validation")
    assert told.gains[0].examples == len(workload.validation)
    assert max(allowed) < 0.3


def test_a_search_without_fine_tuning_says_so(plan, found):
    done = plan(runs=[found[0][2]])
    assert "no run of fine-tuning" in done.decisions[0].reason
    assert "standard error" not in done.decisions[0].reason
    assert done.plan.lead.trial == "t1"


@pytest.mark.parametrize(
    ("looked", "reason"), [(False, "before any fine-tuning run came to its first look"), (True, "standard error")]
)
def test_why_no_fine_tuned_checkpoint_is_there_is_told(plan, found, looked, reason):
    """Time was over before there was one, or none was good enough."""
    tuned, _, probe = found[0]
    untrained = replace(tuned, run=replace(tuned.run, update=0), looked=looked)
    found[1][untrained.run] = found[1][probe.run]
    done = plan(runs=[probe, untrained])
    said = next(each for each in done.decisions if each.step == "fine-tuning")
    assert not said.kept
    assert reason in said.reason


def test_the_best_probe_by_all_rows_takes_part_whatever_validation_says(
    plan, found, workload, model_id, monkeypatch
):
    """Two probes of one model that differ in C: the one that validation puts second is the better by all rows."""
    tuned, _, probe = found[0]
    other = FinishedRun(replace(probe.run, trial="t0", recipe=Recipe("linear_probe", inverse_regularisation=1e-6)),
                        {"accuracy": 1.0, "log_loss": 0.1}, 0.1)  # fmt: skip
    found[1][other.run] = found[1][probe.run]
    seen = []
    monkeypatch.setattr(
        finishing,
        "against_probe",
        lambda workload, run, rival, **rest: (
            seen.append(rival) or Verdict(0.0, Decision("fine-tuning", False, "no"))
        ),
    )
    done = plan(runs=[other, tuned, probe])
    assert seen == [probe.run]
    assert done.plan.lead == probe.run
    assert done.probe == model_id
    assert [(each.step, each.kept) for each in done.decisions][:2] == [("probe", True), ("fine-tuning", False)]
    alone = plan(runs=[other, probe])
    assert alone.plan.lead == probe.run


def test_without_time_every_step_says_so(plan, found, fake_clock):
    done = plan(remaining=fake_clock(0))
    assert done.plan == FinalPlan((found[0][0].run,))
    assert {decision.reason for decision in done.decisions} == {"the time set aside for it was used up"}


def test_without_time_the_best_probe_is_that_of_validation(plan, found, fake_clock, model_id):
    """Nobody has to find it out in fits that there is no time for."""
    tuned, _, probe = found[0]
    other = replace(probe, run=replace(probe.run, trial="t0", model="local:other"))
    layers = replace(
        probe, run=replace(probe.run, trial="t9", recipe=Recipe("linear_probe", feature_layers="last_4"))
    )
    for runs, best in (([tuned, layers, probe, other], model_id), ([tuned, other, probe], "local:other")):
        assert plan(runs=runs, remaining=fake_clock(0)).probe == best
    assert plan(runs=[tuned], remaining=fake_clock(0)).probe == ""


def test_time_for_the_checks_after_retraining_is_kept(plan, workload, found, monkeypatch):
    """What they take is foretold by what a row took on the way."""
    asked = []

    def seconds(workload, run, row_seconds):
        asked.append(row_seconds)
        return 50.0

    monkeypatch.setattr(finishing, "checking_seconds", seconds)
    runs = [replace(each, seconds=1.0) for each in found[0]]
    said = {each.step: each.reason for each in plan(runs=runs, remaining=lambda: 50.5).decisions}
    assert "used up" in said["fine-tuning"]
    assert all(each > 0 for each in asked)
    monkeypatch.setattr(finishing, "checking_seconds", lambda *args: 0.0)
    done = plan(runs=runs, remaining=lambda: 50.5)
    assert "used up" not in {each.step: each.reason for each in done.decisions}["fine-tuning"]
    assert done.row_seconds > 0


def test_folds_leave_time_for_the_checks_after_retraining(plan, found, monkeypatch):
    """Retraining itself they leave time for anyway."""
    left = []

    def watched(*args, remaining, **kwargs):
        left.append(remaining())
        return Verdict(0.0, Decision("fine-tuning", False, "told so"))

    monkeypatch.setattr(finishing, "against_probe", watched)
    monkeypatch.setattr(finishing, "checking_seconds", lambda workload, run, pace: 50.0 if run.fine_tuned else 0.0)
    runs = [replace(each, seconds=1.0) for each in found[0]]
    plan(runs=runs, remaining=lambda: 1000.0)
    assert left == [950.0]


def test_thresholds_are_chosen_for_the_metric_of_the_job(workload, model_id, load_tiny, unlimited, monkeypatch):
    def labels(part):
        return replace(part, labels=np.column_stack([part.labels == 1, part.labels == 2]).astype(np.int64))

    sets = replace(
        workload, task="multilabel", class_names=("light", "striped"), metric="hamming_loss", heads={},
        train=labels(workload.train), validation=labels(workload.validation),
    )  # fmt: skip
    sets = replace(sets, heads={model_id: choose_head(sets, model_id, seed=0)[0]})
    outcome = run_trial(
        sets, trial="t1", model=model_id, recipe=Recipe("linear_probe"), seed=0, report=lambda point: True,
        remaining=unlimited, load_model=load_tiny,
    )  # fmt: skip
    run = Run("t1", model_id, Recipe("linear_probe"), 0, 0)
    done = plan_final_model(
        sets, [FinishedRun(run, outcome.best.metrics, 0.1)], checkpoint=lambda run: load(outcome.checkpoint),
        load_model=load_tiny, remaining=unlimited, seed=0,
    )  # fmt: skip
    thresholds = next(each for each in done.decisions if each.step == "thresholds")
    assert [each.metric for each in thresholds.gains] == ["hamming_loss"]


def test_every_step_is_weighed_by_groups(plan, workload, in_groups, monkeypatch):
    """Where all validation rows are of one patient, nothing that they say is clear."""
    asked = {}
    for name in ("weigh", "paired_gain", "choose_temperature"):
        whole = getattr(finishing, name)

        def watched(*args, name=name, whole=whole, **options):
            asked.setdefault(name, []).append(options["groups"])
            return whole(*args, **options)

        monkeypatch.setattr(finishing, name, watched)
    monkeypatch.setattr(finishing, "greedy_soup", lambda models, *args: tuple(range(len(models))))
    answered = Verdict(1.0, Decision("fine-tuning", True, "told so"))
    monkeypatch.setattr(finishing, "against_probe", lambda *args, **options: answered)
    one = in_groups(workload, 60)
    done = plan(workload=one)
    assert {each.step: each.kept for each in done.decisions} == {
        "fine-tuning": True, "soup": False, "interpolation": False, "temperature": False
    }  # fmt: skip
    assert "one group" in done.decisions[-1].reason
    assert sorted(asked) == ["choose_temperature", "paired_gain", "weigh"]
    assert all((groups == one.validation.groups).all() for each in asked.values() for groups in each)


def test_an_ensemble_needs_another_backbone(plan, monkeypatch):
    decision = next(each for each in plan(ensemble=True).decisions if each.step == "ensemble")
    assert (decision.kept, decision.reason) == (False, "no other backbone was tried")


def test_the_same_seed_gives_the_same_plan(plan):
    assert plan().plan == plan().plan
