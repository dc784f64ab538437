"""The loop pauses at the rungs, trains each group in its time and gives up in words."""

from __future__ import annotations

import copy
import dataclasses

import pytest
import torch

from automl_tl.errors import TrialFailed
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.fine_tuning import training_data
from automl_tl.finetune.loop import rung_updates, train
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import ParameterGroup, strategies

RECIPE = Recipe("full_finetune", updates=9, batch_size=8, learning_rate=1e-3)


@pytest.fixture
def start(workload, tiny_model, model_id):
    """Return a function that runs the loop on a fresh classifier and returns (classifier, pauses)."""

    def run(recipe=RECIPE, kind=Classifier, **options):
        classifier = kind(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        device = torch.device("cpu")
        settings = {"seed": 0, "freeze_statistics": True, "out_of_time": lambda: False, **options}
        pauses = list(
            train(
                classifier,
                strategies.get(recipe.strategy).parameter_groups(classifier, recipe),
                training_data(classifier, workload, device),
                recipe,
                device=device,
                **settings,
            )
        )
        return classifier, pauses

    return run


def test_it_pauses_at_every_rung_and_the_loss_falls(start):
    _, pauses = start(Recipe("full_finetune", updates=45, batch_size=12, learning_rate=3e-3))
    assert [pause.update for pause in pauses] == [5, 15, 30, 45]
    assert [pause.fraction for pause in pauses] == pytest.approx([1 / 9, 1 / 3, 2 / 3, 1])
    assert pauses[-1].train_loss < pauses[0].train_loss


def test_it_stops_when_time_runs_out_and_says_so(start):
    asked = []
    _, pauses = start(out_of_time=lambda: asked.append(1) or len(asked) > 5)
    assert pauses[-1].out_of_time
    assert pauses[-1].update == 5


@pytest.mark.parametrize("updates", [1, 2, 5, 9, 100])
def test_rungs_are_distinct_and_end_with_the_last_update(updates):
    stops = rung_updates(updates)
    assert list(stops) == sorted(set(stops))
    assert stops[-1] == updates
    assert stops[0] >= 1


def test_it_ends_at_a_share_of_the_run_and_goes_on_from_there(start):
    recipe = Recipe("full_finetune", updates=45, batch_size=12)
    whole, pauses = start(recipe)
    _, first = start(recipe, until=0.2)
    assert [pause.update for pause in first] == [5, 9]
    resumed, rest = start(recipe, resume=first[-1].state())
    assert [pause.update for pause in rest] == [15, 30, 45]
    assert rest[-1].train_loss == pauses[-1].train_loss
    for ours, theirs in zip(resumed.state_dict().values(), whole.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs)


def test_losses_since_the_last_pause_survive_a_pause_between_rungs(start):
    asked = []
    _, pauses = start()
    _, first = start(out_of_time=lambda: asked.append(1) or len(asked) > 2)
    assert first[-1].update == 2
    _, rest = start(resume=first[-1].state())
    assert [pause.train_loss for pause in rest] == [pause.train_loss for pause in pauses[1:]]


def test_other_errors_of_the_forward_pass_are_not_swallowed(start):
    class Broken(Classifier):
        def forward(self, batch):
            raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        start(kind=Broken)


def test_a_loss_that_is_not_finite_fails_in_words(start):
    class Diverging(Classifier):
        def forward(self, batch):
            return super().forward(batch) * float("nan")

    with pytest.raises(TrialFailed, match=r"became nan at update 1 of 9 \(learning_rate 0.001\)"):
        start(kind=Diverging)


def test_a_group_stays_bit_identical_until_its_turn_and_then_moves(workload, tiny_model, model_id):
    classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
    first, *_, last = classifier.backbone.blocks()
    groups = (
        ParameterGroup("late", first.parameters, 1.0, start=0.5),
        ParameterGroup("early", last.parameters, 1.0),
    )
    before = copy.deepcopy(classifier.state_dict())
    moved = []
    for _ in train(
        classifier,
        groups,
        training_data(classifier, workload, torch.device("cpu")),
        Recipe("full_finetune", updates=9, batch_size=8),
        seed=0,
        device=torch.device("cpu"),
        freeze_statistics=False,
        out_of_time=lambda: False,
    ):
        after = classifier.state_dict()
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        moved.append("backbone.network.conv1.weight" in changed or "backbone.network.bn1.running_mean" in changed)
        assert any("layer4" in name for name in changed)
    assert moved == [False, False, True, True]


def test_a_group_begins_with_the_first_update_after_its_share_of_the_run(workload, tiny_model, model_id):
    classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
    first, *_, last = classifier.backbone.blocks()
    groups = (
        ParameterGroup("last", last.parameters, 1.0, start=0.26),
        ParameterGroup("first", first.parameters, 1.0, start=0.34),
    )
    trained = []

    def look() -> bool:
        trained.append(tuple(block.parameters[0].requires_grad for block in (last, first)))
        return False

    data = training_data(classifier, workload, torch.device("cpu"))
    options = {"seed": 0, "device": torch.device("cpu"), "freeze_statistics": True, "out_of_time": look}
    groups = (*groups, ParameterGroup("head", tuple(classifier.head.parameters()), 1.0))
    list(train(classifier, groups, data, Recipe("gradual_unfreezing", updates=10, batch_size=8), **options))
    assert [sum(state) for state in trained[1:]] == [0, 0, 0, 1, 2, 2, 2, 2, 2]


def test_an_anchored_group_ends_nearer_to_its_start(workload, tiny_model, model_id):
    device = torch.device("cpu")

    def distance(anchor: float) -> float:
        classifier = Classifier(copy.deepcopy(tiny_model.backbone), workload.heads[model_id])
        origin = [parameter.detach().clone() for parameter in classifier.backbone.parameters()]
        groups = (ParameterGroup("all", tuple(classifier.backbone.parameters()), 1.0, anchor=anchor),)
        data = training_data(classifier, workload, device)
        options = {"seed": 0, "device": device, "freeze_statistics": True, "out_of_time": lambda: False}
        list(train(classifier, groups, data, Recipe("l2_sp", updates=9, batch_size=8), **options))
        pairs = zip(origin, classifier.backbone.parameters(), strict=True)
        return sum(float((then - now.detach()).square().sum()) for then, now in pairs)

    assert 0 < distance(300.0) < 0.5 * distance(0.0)
    assert distance(1e9) == 0.0


def test_training_may_start_from_a_random_head(start, workload, model_id):
    _, probe = start()
    ours, random = start(dataclasses.replace(RECIPE, head_start="random"))
    assert random[0].train_loss > probe[0].train_loss
    again, _ = start(dataclasses.replace(RECIPE, head_start="random"))
    assert torch.equal(ours.head.weight, again.head.weight)
    other, _ = start(dataclasses.replace(RECIPE, head_start="random"), seed=1)
    assert not torch.equal(ours.head.weight, other.head.weight)


def test_dropout_before_the_head_acts_in_training_only(start):
    classifier, pauses = start(dataclasses.replace(RECIPE, dropout=0.5))
    assert pauses[0].train_loss != start()[1][0].train_loss
    batch = {"pixels": torch.randn(4, 3, 16, 16)}
    assert torch.equal(classifier.eval()(batch), classifier(batch))


ALL_AT_ONCE = dataclasses.replace(
    RECIPE, augment="trivial", mixup=0.2, cutmix=1.0, erasing=0.5, dropout=0.2, focal=1.0, ema_decay=0.9
)


@pytest.mark.parametrize(
    "recipe",
    [ALL_AT_ONCE, dataclasses.replace(ALL_AT_ONCE, optimiser="sgd", sampling="balanced", head_start="random")],
)
def test_with_every_feature_a_pause_changes_no_bit(start, recipe):
    whole, pauses = start(recipe)
    _, first = start(recipe, until=1 / 3)
    resumed, rest = start(recipe, resume=first[-1].state())
    assert rest[-1].train_loss == pauses[-1].train_loss
    for (name, ours), theirs in zip(resumed.state_dict().items(), whole.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name
    averages = [run[-1].average.tensors() for run in (pauses, rest)]
    assert all(torch.equal(value, averages[1][name]) for name, value in averages[0].items())
