"""A model's own embedding stays unless other layers are better by more than noise."""

import numpy as np

from automl_tl.testing.scorer import clustered_sample
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.layer_choice import choose_layers


def test_clearly_better_layers_are_taken():
    assert (
        choose_layers({"last": clustered_sample(separation=0.3), "mean": clustered_sample(separation=4.0)})
        == "mean"
    )


def test_the_best_of_several_is_taken():
    samples = {name: clustered_sample(separation=value) for name, value in (("last", 0.1), ("a", 0.8), ("b", 4.0))}
    assert choose_layers(samples) == "b"


def test_the_own_embedding_stays_between_equals_and_when_it_is_better():
    good, poor = clustered_sample(separation=2.0), clustered_sample(separation=0.5)
    assert choose_layers({"last": good, "mean": good}) == "last"
    assert choose_layers({"last": good, "mean": poor}) == "last"
    assert choose_layers({"last": good}) == "last"


def test_a_choice_that_cannot_be_judged_is_passed_over():
    good = clustered_sample(separation=2.0)
    broken = ProbeSample(np.full_like(good.features, np.nan), good.labels)
    assert choose_layers({"last": good, "mean": broken}) == "last"
    assert choose_layers({"last": broken, "mean": good}) == "mean"


def test_noise_alone_seldom_changes_the_choice():
    """Sixty pairs of embeddings without any information: one standard error is passed in about a sixth of them."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    taken = 0
    for _ in range(60):
        first, second = (ProbeSample(rng.normal(size=(60, 8)).astype(np.float32), labels) for _ in range(2))
        taken += choose_layers({"last": first, "mean": second}) == "mean"
    assert taken <= 20
