"""Pictures or texts with a row of metadata, explained in one game by the public entry point."""

from itertools import combinations
from math import factorial
from types import SimpleNamespace

import numpy as np
import pytest
import shap
import torch

from automl_tl.errors import FailedPrecondition, InvalidInput
from automl_tl.explain import WithColumns, explain
from automl_tl.explain.with_columns import Metadata

WEIGHTS = {"good": 2.0, "bad": -3.0, "movie": 0.5}
BACKGROUND = np.array([[20.0, 0.0, 1.0], [40.0, 1.0, 0.0], [60.0, 1.0, 0.0]])


def answer(words, rows):
    """The second class's logit: words weigh more for the old, the last two columns go together."""
    rows = np.atleast_2d(rows)
    return words * rows[:, 0] / 40 + rows[:, 1] * words**2 / 10 - 2 * rows[:, 2]


def head():
    """Reads an embedding and three columns; not additive."""

    def logits(features):
        told = answer(features[:, 0], features[:, 1:])
        return np.stack([np.zeros_like(told), told], axis=1)

    return SimpleNamespace(logits=logits, link="softmax", unit=(0.0, 1.0))


def brute_force(n_features, value):
    """Shapley's formula, coalition by coalition."""
    found = np.zeros(n_features)
    for feature in range(n_features):
        others = [i for i in range(n_features) if i != feature]
        for size in range(n_features):
            weight = factorial(size) * factorial(n_features - size - 1) / factorial(n_features)
            for chosen in combinations(others, size):
                found[feature] += weight * (value({*chosen, feature}) - value(set(chosen)))
    return found


def text_with_columns(text_model, **facts):
    return WithColumns(text_model(), head(), ["age", "member", "trial"], BACKGROUND, **facts)


def test_words_and_columns_are_brute_forces_values(text_model):
    """Six words and three columns in one game: the same numbers as all 512 coalitions counted by hand."""
    words, row = ["good", "bad", "movie", "good", "bad", "movie"], np.array([30.0, 0.0, 1.0])
    model = text_with_columns(text_model)
    found = explain(model, [(" ".join(words), row)])

    def value(shown):
        told = sum(WEIGHTS[word] for place, word in enumerate(words) if place in shown)
        rows = np.where([6 + column in shown for column in range(3)], row, BACKGROUND)
        return answer(told, rows).mean()

    expected = brute_force(9, value)
    place = list(found.output_names).index("positive")
    assert found[0].feature_names == [*words, "age", "member", "trial"]
    assert np.allclose(found.values[0, :, place], expected, atol=1e-6)
    assert np.allclose(found.values[0, :, 1 - place], 0, atol=1e-6)
    own = model.logits([(" ".join(words), row)])[0]
    assert found.values[0, :, place].sum() + found.base_values[0, place] == pytest.approx(own[1], abs=1e-5)
    assert found.explained[0].method == "exact"
    assert found.quality[0].additivity_gap <= 1e-5
    assert any("3 columns" in note for note in found.explained[0].notes)


def test_patches_and_columns_add_up_and_shap_draws_them(image_model, bright_left):
    """More features than can be counted out: additive, deterministic, with the columns' own values as data."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    model = WithColumns(image_model(), head(), ["age", "member", "trial"], BACKGROUND)
    pair = (bright_left(), [30.0, 1.0, 0.0])
    found = explain(model, [pair, (bright_left(1), [70.0, 0.0, 1.0])], max_evals=300)
    assert found.shape == (2, 67, 2)
    logits = model.logits([pair])[0]
    entry = found.explained[0]
    assert np.allclose(entry.base_values + entry.values.sum(axis=0), np.sort(logits)[::-1], atol=1e-5)
    assert found.data[0, -3:].tolist() == [30.0, 1.0, 0.0]
    assert 0 <= found.data[0, :-3].min() <= found.data[0, :-3].max() <= 1
    assert found.quality[0].verdict == "faithful"
    assert np.array_equal(explain(model, [pair], max_evals=300, check=False).values[0], found.values[0])
    picture = found.as_pixels()
    assert np.allclose(picture.values[0].sum(axis=(0, 1, 2)), entry.values[:-3].sum(axis=0))
    shap.plots.waterfall(found[0, :, 0], show=False)
    plt.close("all")


def test_a_picture_is_embedded_once_for_all_rows_of_the_background(image_model, bright_left):
    """Three rows cost no more passes than one."""
    calls = []
    for rows in (BACKGROUND[:1], BACKGROUND):
        inner = image_model()
        model = WithColumns(inner, head(), ["age", "member", "trial"], rows)
        explain(model, [(bright_left(), [30.0, 1.0, 0.0])], max_evals=200, check=False)
        calls.append(inner.backbone.calls)
    assert calls[0] == calls[1]


def test_numbers_of_one_category_go_together(text_model):
    """Three numbers, two features; the category is shown by the place of its number."""
    model = WithColumns(text_model(), head(), ["age", "plan"], BACKGROUND, groups=(0, 1, 1))
    found = explain(model, [("good", [30.0, 0.0, 1.0])], check=False)
    assert found[0].feature_names == ["good", "age", "plan"]
    assert found[0].data.tolist() == ["good", 30.0, 1.0]


def test_a_network_of_ones_own_may_read_columns_early(text_model):
    """Whatever has ``metadata`` and reads ``columns`` in its batch: its inputs are repeated for the background."""
    model = text_model()
    model.metadata = Metadata(("age",), np.array([[0.0], [2.0]]))
    plain = model.backbone.forward
    model.backbone.forward = lambda batch: plain(batch) * batch["columns"].float()
    model.logits = lambda pairs: model.head.logits(
        model.backbone(
            {
                **model.backbone.preprocess([pair.example for pair in pairs]),
                "columns": torch.tensor(np.stack([pair.row for pair in pairs])),
            }
        )
        .detach()
        .numpy()
    )
    found = explain(model, [("good movie", [3.0])])
    # 2.5 x 3 with everything, each word alone with the background's mean of 1.
    assert found.explained[0].values[:, 0].sum() == pytest.approx(7.5, abs=1e-5)
    assert found.explained[0].values[:, 0] == pytest.approx([4.0, 1.0, 2.5], abs=1e-5)


def test_a_long_text_makes_room_for_its_columns(text_model):
    """Sentences instead of words; columns keep their own features."""
    text = " ".join("good bad movie movie ." for _ in range(20))
    model = WithColumns(text_model(max_words=200), head(), ["age", "member", "trial"], BACKGROUND)
    found = explain(model, [(text, [30.0, 1.0, 0.0])], max_evals=60, check=False)
    assert found[0].feature_names[-3:] == ["age", "member", "trial"]
    assert 4 < len(found[0].feature_names) < 30
    entry = found.explained[0]
    assert entry.additivity_gap <= 1e-5 * np.abs(entry.model_outputs).max()


def test_other_methods(text_model):
    """LIME asks the model only; gradients do not reach columns and say so."""
    pair = ("good bad", [30.0, 1.0, 0.0])
    assert explain(text_with_columns(text_model), [pair], method="lime", check=False).shape == (1, 5, 2)
    with pytest.raises(FailedPrecondition, match="shapley or lime"):
        explain(text_with_columns(text_model), [pair], method="integrated_gradients")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("good", "pairs"),
        (("good", [1.0, 2.0]), "3 finite numbers"),
        (("good", [1.0, 2.0, float("nan")]), "fill gaps"),
        (("good", ["a", "b", "c"]), "encode categories"),
        ((5, [1.0, 2.0, 3.0]), "reads texts"),
    ],
)
def test_pairs_that_do_not_fit_are_named(text_model, value, told):
    """By position and rule."""
    with pytest.raises(InvalidInput, match=told) as caught:
        explain(text_with_columns(text_model), [("good", [1.0, 2.0, 3.0]), value])
    assert caught.value.field == "inputs[1]"


def test_what_does_not_fit_together_is_refused(text_model):
    """A list of pairs is needed, a background with rows, and names for its columns."""
    with pytest.raises(InvalidInput, match="list of pairs"):
        explain(text_with_columns(text_model), "good")
    for background in (np.zeros((0, 3)), [[np.nan] * 3], [1.0, 2.0]):
        with pytest.raises(InvalidInput, match="background"):
            WithColumns(text_model(), head(), ["a", "b", "c"], background)
    with pytest.raises(InvalidInput, match="groups"):
        WithColumns(text_model(), head(), ["a", "b"], BACKGROUND)
