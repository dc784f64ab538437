"""Contract test of a fine-tuning strategy: subclass StrategyContract and name the strategy."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from automl_tl.finetune.classifier import Classifier, random_head
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.head_refit import refit_head
from automl_tl.finetune.loop import train
from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import Strategy, strategies
from automl_tl.finetune.training_data import TrainingData
from automl_tl.testing.tiny_models import TINY_WORDS, tiny_text_model
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.card import ImageInput, ModelCard
from automl_tl.zoo.timm_backbone import TimmBackbone

__all__ = ["StrategyContract", "tiny_image_backbone"]

_SIZE = 16
_CLASSES = 3
_EXAMPLES = 12


def tiny_image_backbone(*, seed: int = 0) -> TimmBackbone:
    """Return a residual network with batch norms for 16 x 16 images, a few thousand random parameters."""
    card = ModelCard("local", "tiny", "image", "resnet18", "resnet", ImageInput(size=(_SIZE, _SIZE)))
    layout = {"layers": [1, 1, 1, 1], "channels": [4, 8, 8, 16], "stem_width": 4}
    backbone = TimmBackbone(card, {"architecture": "resnet18", "kwargs": layout})
    backbone.reinitialise(seed)
    return backbone


class StrategyContract:
    """What every strategy must do.

    ::

        class TestMine(StrategyContract):
            name = "mine"
    """

    name: str

    @pytest.fixture
    def strategy(self) -> Strategy:
        """Return the strategy under its registered name."""
        return strategies.get(self.name)

    @pytest.fixture(params=["image", "text", "image stages", "text mean"])
    def classifier(self, request: pytest.FixtureRequest) -> Classifier:
        """Return a tiny classifier with random weights: convolutions with batch norms, and a transformer.

        Each looks at the last layer, or at all of its stages or layers.
        """
        modality, *layers = str(request.param).split()
        backbone: Backbone = tiny_image_backbone() if modality == "image" else tiny_text_model()
        backbone.choose_layers(layers[0] if layers else "last")
        return Classifier(backbone, random_head(_CLASSES, backbone.embedding_size, seed=0))

    @pytest.fixture
    def recipe(self, strategy: Strategy, classifier: Classifier) -> Recipe:
        """Return the strategy's own first recipe, cut to three updates."""
        recipe = strategy.default_recipe(classifier.backbone.card, _EXAMPLES)
        return dataclasses.replace(recipe, updates=3, batch_size=4)

    def test_it_has_a_name_and_a_sentence_for_people(self, strategy: Strategy) -> None:
        """The name is the registered one, the summary a sentence."""
        assert strategy.name == self.name
        assert strategy.summary.endswith(".")

    def test_it_names_only_hyperparameters_that_recipes_have(self, strategy: Strategy) -> None:
        """Every name in ``parameters`` is a field of Recipe."""
        known = {field.name for field in dataclasses.fields(Recipe)} - {"strategy"}
        assert set(strategy.parameters) <= known

    @pytest.mark.parametrize("n_train", [1, 30, 2000])
    def test_its_first_recipe_is_valid_for_any_amount_of_data(self, strategy: Strategy, n_train: int) -> None:
        """default_recipe passes the rules of Recipe and sets only what the strategy looks at."""
        card = tiny_image_backbone().card
        assert strategy.default_recipe(card, n_train).strategy == self.name
        assert set(strategy.defaults(card, n_train)) <= set(strategy.parameters)

    def test_what_it_adds_changes_no_output(
        self, strategy: Strategy, classifier: Classifier, recipe: Recipe
    ) -> None:
        """A prepared classifier starts from the linear probe exactly, and so does what would be saved of it.

        One that throws the pretrained weights away starts from others, the same for the same seed.
        """
        batch = classifier.backbone.preprocess(_examples(classifier))
        expected = copy.deepcopy(classifier).eval()(batch)
        twin = copy.deepcopy(classifier)
        strategy.prepare(classifier, recipe, seed=7)
        if not strategy.pretrained:
            strategy.prepare(twin, recipe, seed=7)
            assert torch.equal(classifier.eval()(batch), twin.eval()(batch))
            assert not torch.equal(classifier(batch), expected)
            return
        assert torch.equal(classifier.eval()(batch), expected)
        assert torch.allclose(strategy.plain(classifier).eval()(batch), expected, atol=1e-5)

    def test_its_groups_are_disjoint_parts_of_the_classifier(
        self, strategy: Strategy, classifier: Classifier, recipe: Recipe
    ) -> None:
        """No parameter has two rates, every rate multiple is positive, and the head trains."""
        strategy.prepare(classifier, recipe, seed=7)
        groups = strategy.parameter_groups(classifier, recipe)
        ids = [id(parameter) for group in groups for parameter in group.parameters]
        assert len(ids) == len(set(ids))
        assert set(ids) <= {id(parameter) for parameter in classifier.parameters()}
        assert all(0 < group.multiple < float("inf") for group in groups)
        assert all(0 <= group.start < 1 and group.anchor >= 0 for group in groups)
        assert {id(parameter) for parameter in classifier.head.parameters()} <= set(ids)

    def test_what_it_does_not_train_stays_bit_identical(
        self, strategy: Strategy, classifier: Classifier, recipe: Recipe
    ) -> None:
        """Outside the groups no weight changes, nor any statistic of a block without a trained weight."""
        strategy.prepare(classifier, recipe, seed=7)
        groups = strategy.parameter_groups(classifier, recipe)
        trained = {id(parameter) for group in groups for parameter in group.parameters}
        frozen_modules = {
            name
            for name, module in classifier.named_modules()
            if list(module.parameters()) and not any(id(p) in trained for p in module.parameters())
        }
        frozen = {name for name, parameter in classifier.named_parameters() if id(parameter) not in trained}
        frozen |= {name for name, _ in classifier.named_buffers() if name.rpartition(".")[0] in frozen_modules}
        before = copy.deepcopy(classifier.state_dict())
        self._train(strategy, classifier, recipe)
        after = classifier.state_dict()
        for name in frozen & set(before):
            assert torch.equal(before[name], after[name]), name
        assert any(not torch.equal(before[name], after[name]) for name in set(after) - frozen)

    def test_the_same_seed_gives_the_same_weights(
        self, strategy: Strategy, classifier: Classifier, recipe: Recipe
    ) -> None:
        """Two runs with one seed end bit-identical."""
        twin = copy.deepcopy(classifier)
        for each in (classifier, twin):
            strategy.prepare(each, recipe, seed=7)
            self._train(strategy, each, recipe)
        twins = twin.state_dict()
        assert all(torch.equal(value, twins[name]) for name, value in classifier.state_dict().items())

    def test_what_is_saved_is_a_plain_backbone_that_predicts_what_was_trained(
        self, strategy: Strategy, classifier: Classifier, recipe: Recipe, tmp_path: Path
    ) -> None:
        """The saved weights have the names of the pretrained ones, and what is loaded computes the same logits."""
        names, examples = list(classifier.state_dict()), _examples(classifier)
        strategy.prepare(classifier, recipe, seed=7)
        self._train(strategy, classifier, recipe)
        batch = classifier.backbone.preprocess(examples)
        expected = classifier.eval()(batch).detach().numpy()
        plain = strategy.plain(classifier)
        assert list(plain.state_dict()) == names
        assert strategy.plain(classifier).eval()(batch).detach().numpy() == pytest.approx(expected, abs=1e-4)
        fitted = FittedModel.of(plain, tuple("abc"), recipe=recipe)
        assert load(fitted.save(tmp_path / "model")).logits(examples) == pytest.approx(expected, abs=1e-4)

    def _train(self, strategy: Strategy, classifier: Classifier, recipe: Recipe) -> None:
        torch.manual_seed(7)
        device = torch.device("cpu")
        data = TrainingData(
            inputs=PreparedInputs(classifier.backbone, _examples(classifier), device),
            labels=np.arange(_EXAMPLES, dtype=np.int64) % _CLASSES,
            class_weights=np.ones(_CLASSES, dtype=np.float32),
        )
        steps = train(
            classifier,
            strategy.parameter_groups(classifier, recipe),
            data,
            recipe,
            seed=7,
            device=device,
            freeze_statistics=False,
            out_of_time=lambda: False,
            objective=strategy.objective(recipe),
        )
        assert [step.update for step in steps][-1] == recipe.updates
        if strategy.refits_head:
            refit_head(classifier, data, recipe, seed=7, device=device)


def _examples(classifier: Classifier) -> list[Any]:
    rng = np.random.default_rng(0)
    if classifier.backbone.card.modality == "image":
        return list(rng.integers(0, 256, (_EXAMPLES, _SIZE, _SIZE, 3), dtype=np.uint8))
    return [" ".join(rng.choice(TINY_WORDS[:20], 6)) for _ in range(_EXAMPLES)]
