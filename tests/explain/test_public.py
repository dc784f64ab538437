"""``automl_tl.explain.explain``: a shap.Explanation with its evidence."""

import numpy as np
import pytest
import shap
from PIL import Image

from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.explain import explain


def test_pictures_become_a_shap_explanation(image_model, bright_left):
    """Values (N, F, K) that add up, with names, errors and quality attached."""
    found = explain(image_model(), [bright_left(0), bright_left(1)], max_evals=260)
    assert isinstance(found, shap.Explanation)
    assert found.shape == (2, 64, 2)
    logits = image_model().logits([bright_left(0), bright_left(1)])
    totals = found.values.sum(axis=1) + found.base_values
    assert np.allclose(totals[:, 0], logits[:, 1], atol=1e-5)
    assert [quality.verdict for quality in found.quality] == ["faithful", "faithful"]
    assert found.output_names == ["left", "other"]
    assert found.feature_names[9] == "row 2, column 2"
    assert found.error_std.shape == (2, 64, 2)
    assert found.data.min() >= 0
    assert found.data.max() <= 1


def test_slices_keep_their_evidence(image_model, bright_left):
    """One row, one output, several rows."""
    found = explain(image_model(), [bright_left(0), bright_left(1), bright_left(2)], check=False, max_evals=140)
    row = found[1]
    assert row.shape == (64, 2)
    assert row.explained[0].row_id == "inputs[1]"
    assert found[1, :, 0].shape == (64,)
    assert np.array_equal(found[1, :, 0].values, found.values[1, :, 0])
    assert found[:, :, 1].shape == (3, 64)
    assert [entry.row for entry in found[1:].explained] == [1, 2]
    assert found[-1].explained[0].row == 2


def test_a_slice_without_rows_is_empty(image_model, text_model, bright_left):
    """Past the end, or of no length; never all rows."""
    found = explain(image_model(), [bright_left(0), bright_left(1)], check=False, max_evals=140)
    for none in (found[5:], found[0:0], found[5:][:1]):
        assert none.shape == (0, 64, 2)
        assert none.base_values.shape == (0, 2)
        assert none.output_names == found.output_names
        assert none.feature_names == found.feature_names
        assert none.explained == none.quality == ()
    assert found[5:, :, 0].shape == (0, 64)
    assert found[1:5].shape == (1, 64, 2)
    ragged = explain(text_model(), ["good good", "bad movie bad"], check=False)
    assert ragged[2:].shape == (0, 0, 2)


@pytest.mark.parametrize("method", ["shapley", "lime"])
def test_no_inputs_give_an_empty_explanation(text_model, method):
    """Nothing is evaluated and nothing raised."""
    heard = []
    found = explain(text_model(), [], method=method, progress=lambda f, m: heard.append(f))
    assert found.shape == (0, 0, 0)
    assert found.explained == found[:].explained == ()
    assert heard == [1.0]


def test_rows_of_different_classes_name_their_own(text_model):
    """The columns have a common name, a row the names of its classes; lengths may differ."""
    found = explain(text_model(), ["good good", "bad movie bad", ""])
    assert found.output_names == ["predicted class", "runner-up"]
    assert found[0].output_names == ["positive", "negative"]
    assert found[1].output_names == ["negative", "positive"]
    assert found[1].data.tolist() == ["bad", "movie", "bad"]
    assert [len(values) for values in found.values] == [2, 3, 0]
    assert found.quality[2].verdict == "weak"


def test_shaps_plots_can_draw_it(image_model, text_model, bright_left):
    """Waterfall, bars, text, pictures."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    pictures = explain(image_model(side=32), [bright_left(0), bright_left(1)], check=False, max_evals=140)
    shap.plots.waterfall(pictures[0, :, 0], show=False)
    shap.plots.bar(pictures[:, :, 0], show=False)
    shap.plots.image(pictures.as_pixels(), show=False)
    plt.close("all")
    texts = explain(text_model(), ["good bad movie"], check=False)
    assert "movie" in shap.plots.text(texts[0, :, 0], display=False)


def test_pixels_share_their_patchs_value(image_model, bright_left):
    """The sum over pixels and channels is the sum over patches."""
    found = explain(image_model(), [bright_left()], check=False, features="superpixels")
    pixels = found.as_pixels()
    assert pixels.values.shape == (1, 16, 16, 3, 2)
    assert np.allclose(pixels.values.sum(axis=(1, 2, 3)), found.values.sum(axis=1))


def test_texts_are_not_pixels(text_model):
    """The message says so."""
    with pytest.raises(InvalidInput, match="pictures"):
        explain(text_model(), ["good"], check=False).as_pixels()


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"max_evals": 3}, "max_evals"),
        ({"max_evals": 2.5}, "max_evals"),
        ({"deadline_s": 0}, "deadline_s"),
        ({"deadline_s": float("nan")}, "deadline_s"),
        ({"method": "magic"}, "method"),
        ({"features": "hexagons"}, "features"),
    ],
)
def test_arguments_that_do_not_fit_are_named(text_model, arguments, field):
    """Field and value in the message."""
    with pytest.raises(InvalidInput) as caught:
        explain(text_model(), ["good"], **arguments)
    assert caught.value.field == field


@pytest.mark.parametrize("deadline", [None, 1e4])
@pytest.mark.parametrize("max_evals", [4, 7, 10, 14, 40, 63, 64])
def test_no_more_evaluations_are_made_than_allowed(text_model, max_evals, deadline):
    """Few words are not enumerated whatever it costs; what a clock and other parts cost counts, too."""
    words = ("good", "bad", "movie")
    texts = [" ".join(words[place % 3] for place in range(count)) for count in (1, 4, 5, 6, 9, 30)]
    found = explain(text_model(), texts, max_evals=max_evals, deadline_s=deadline, check=False)
    assert max(entry.evaluations for entry in found.explained) <= max_evals
    for entry in found.explained:
        assert np.allclose(entry.base_values + entry.values.sum(axis=0), entry.model_outputs, atol=1e-5)


def test_too_few_evaluations_for_a_picture_are_refused(image_model, bright_left):
    """With how many it takes; these are enough."""
    with pytest.raises(
        InvalidInput, match=r"max_evals must be at least 36 .*16 largest parts but is 20"
    ) as caught:
        explain(image_model(), [bright_left()], max_evals=20, check=False)
    assert caught.value.field == "max_evals"
    (entry,) = explain(image_model(), [bright_left()], max_evals=36, check=False).explained
    assert entry.evaluations <= 36


@pytest.mark.parametrize("inputs", ["good", [None], [b"x"], 5])
def test_inputs_that_do_not_fit_are_named(text_model, inputs):
    """One string, something else, a position."""
    with pytest.raises(InvalidInput, match="inputs"):
        explain(text_model(), inputs)


PICTURES = {
    "grey": np.random.default_rng(0).integers(0, 256, (20, 24), dtype=np.uint8),
    "grey with an axis": np.random.default_rng(0).integers(0, 256, (20, 24, 1), dtype=np.uint8),
    "transparent": np.random.default_rng(0).integers(0, 256, (20, 24, 4), dtype=np.uint8),
    "huge": np.broadcast_to(np.arange(4000, dtype=np.uint8)[:, None, None], (4000, 3000, 3)),
    "one pixel": np.full((1, 1, 3), 7, dtype=np.uint8),
    "16 bits": Image.fromarray(np.arange(400, dtype=np.uint16).reshape(20, 20) * 100),
    "palette": Image.new("P", (20, 20)),
    "print colours": Image.new("CMYK", (20, 20)),
}
TEXTS = {"empty": ("", 0), "blank": (" \n ", 0), "one word": ("good", 1)}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_every_kind_are_explained_with_a_verdict(image_model, name):
    """Contributions add up, checks are made, and what is odd is noted."""
    found = explain(image_model(side=16), [PICTURES[name]], max_evals=140)
    (entry,) = found.explained
    assert np.isfinite(entry.values).all()
    assert entry.quality.verdict in ("faithful", "weak", "failed")
    assert entry.quality.verdict == "faithful" or entry.quality.reasons
    assert entry.quality.additivity_gap <= 1e-5
    if name == "huge":
        assert "3000 x 4000" in entry.notes[0]
    if name in ("one pixel", "palette", "print colours"):
        assert "one colour" in entry.notes[0]


@pytest.mark.parametrize("name", TEXTS)
def test_texts_with_next_to_nothing_in_them_say_so(text_model, name):
    """No value is made up: where there is no word there is no part."""
    text, parts = TEXTS[name]
    (entry,) = explain(text_model(), [text]).explained
    assert entry.values.shape == (parts, 2)
    assert entry.notes
    assert entry.quality.reasons
    assert entry.quality.additivity_gap <= 1e-5


def test_a_text_of_600_words_is_explained_by_sentence_and_word(text_model):
    """Whether the model reads all of it or cuts it off."""
    text = " ".join(f"{('good', 'bad', 'movie')[n % 3]}{' .' if n % 12 == 11 else ''}" for n in range(600))
    (entry,) = explain(text_model(max_words=700), [text]).explained
    assert 24 <= len(entry.values) <= 100
    assert entry.quality.additivity_gap <= 1e-5
    assert any("grouped into" in note for note in entry.notes)
    (entry,) = explain(text_model(max_words=20), [text]).explained
    assert len(entry.values) == 20
    assert any("has no influence" in note for note in entry.notes)


def test_a_deadline_that_allows_nothing_says_so(image_model, bright_left):
    """Instead of an empty answer."""
    with pytest.raises(DeadlineReached, match="too few"):
        explain(image_model(), [bright_left()], deadline_s=1e-9)


def test_other_methods_by_name(image_model, bright_left):
    """The same container."""
    found = explain(image_model(), [bright_left()], method="integrated_gradients", check=False)
    assert found.explained[0].method == "integrated gradients"
    assert found.shape == (1, 64, 2)


def test_progress_reaches_the_end(text_model):
    """Fractions from 0 to 1."""
    heard = []
    explain(text_model(), ["good", "bad"], check=False, progress=lambda f, m: heard.append(f))
    assert heard[0] == 0.0
    assert heard[-1] == 1.0
