"""Explanations of single predictions, within the time that is left."""

import numpy as np
import pytest

from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.explain import explainer
from automl_tl.explain.cases import Case
from automl_tl.explain.explainer import explain_one, explain_predictions


def quick(model, cases, **options):
    return explain_predictions(model, cases, **{"check": False, "compare": False, **options})


@pytest.fixture
def cases(bright_left):
    return lambda n: [Case(row, f"image{row}.png", bright_left(row), "left") for row in range(n)]


def test_image_explanation_is_additive_and_finds_the_bright_half(image_model, cases):
    """Contributions add up to the logits and lie where the evidence is."""
    (explanation,) = explain_predictions(image_model(), cases(1), seed=1)
    assert (explanation.predicted_class, explanation.runner_up_class) == ("left", "other")
    assert explanation.grid == (8, 8)
    assert explanation.method == "antithetic permutations"
    assert explanation.evaluations <= 260
    scale = np.abs(explanation.model_outputs).max()
    assert explanation.additivity_gap <= 1e-5 * scale
    heat = explanation.values[:, 0].reshape(8, 8)
    assert np.allclose(heat[:, 4:], 0, atol=1e-6)
    assert heat[2:6, :4].sum() > 0.5
    assert explanation.preview_png.startswith(b"\x89PNG")
    assert explanation.quality.verdict == explanation.faithfulness.verdict == "faithful"
    assert len(explanation.quality.curves) == 2
    assert [other.method for other in explanation.alternatives] == [
        "Grad-CAM",
        "integrated gradients",
        "LIME-style",
    ]
    assert "feature map" in explanation.alternatives[0].note
    assert 0.5 < explanation.probability < 1


def test_text_explanation_equals_the_known_word_weights(text_model):
    """Each word's Shapley value in an additive model is its weight."""
    case = Case(3, "4", "good bad movie good", "positive")
    (explanation,) = quick(text_model(), [case])
    assert explanation.feature_names == ("good", "bad", "movie", "good")
    assert np.allclose(explanation.values[:, 0], [2, -3, 0.5, 2], atol=1e-5)
    assert np.allclose(explanation.values[:, 1], [-2, 3, -0.5, -2], atol=1e-5)
    assert explanation.additivity_gap < 1e-5
    assert (explanation.row, explanation.row_id, explanation.grid) == (3, "4", None)
    assert (explanation.method, explanation.stopped) == ("exact", "complete")


def test_longer_text_is_sampled_and_still_additive(text_model):
    """More than ten words go through KernelSHAP, which stops when nothing changes any more."""
    text = " ".join(["good", "bad", "movie"] * 6)
    (explanation,) = quick(text_model(), [Case(0, "1", text, "negative")])
    assert explanation.method == "paired kernel"
    assert explanation.stopped == "stable"
    assert explanation.evaluations < 100
    assert np.allclose(explanation.values[:3, 0], [-2, 3, -0.5], atol=1e-4)
    assert explanation.additivity_gap < 1e-5 * np.abs(explanation.model_outputs).max() + 1e-9
    assert explanation.standard_errors.shape == explanation.values.shape


@pytest.mark.parametrize(
    ("text", "features", "note"),
    [("", 0, "no word"), ("   ", 0, "no word"), ("good", 1, "one part")],
)
def test_texts_with_next_to_no_words_say_so(text_model, text, features, note):
    """No words, no contributions; one word takes all; neither is a crash or a silent zero."""
    (explanation,) = explain_predictions(text_model(), [Case(0, "1", text, "positive")])
    assert explanation.values.shape == (features, 2)
    assert explanation.additivity_gap < 1e-6
    assert any(note in each for each in explanation.notes)
    assert explanation.quality.verdict == "weak"
    assert "no order to check" in explanation.quality.reasons[0]


def test_a_very_long_text_is_looked_at_by_sentence_first(text_model):
    """600 words of which the model reads 400: few parts, the strongest sentence word by word."""
    plain = "movie movie movie movie movie movie movie movie movie."
    text = " ".join([plain] * 20 + ["bad bad bad bad bad bad bad bad good."] + [plain] * 40)
    (explanation,) = quick(text_model(max_words=400), [Case(0, "1", text, "negative")])
    assert 30 < explanation.values.shape[0] < 120
    assert explanation.evaluations <= 1024
    values = dict(zip(explanation.feature_names, explanation.values[:, 0], strict=True))
    assert values["bad"] == pytest.approx(-3.0, abs=0.05)
    assert explanation.additivity_gap < 1e-3
    notes = " ".join(explanation.notes)
    assert "first 400 words only" in notes
    assert "grouped into" in notes


def test_an_ensemble_is_explained_as_one(text_model, head):
    """Values are those of the joint answer, and add up to it."""
    model = text_model()
    model.members = (text_model(head=head(weight=((0.0,), (1.0,)))),)
    model.logits = lambda inputs: _log_mean(model, inputs)
    (explanation,) = quick(model, [Case(0, "1", "good bad movie", "positive")])
    assert explanation.additivity_gap < 1e-5
    assert "ensemble of 2" in explanation.notes[-1]


def _log_mean(model, inputs):
    raw = [type(model).logits(each, inputs) for each in (model, *model.members)]
    shares = [np.exp(each) / np.exp(each).sum(axis=1, keepdims=True) for each in raw]
    return np.log(np.mean(shares, axis=0))


def test_a_predicted_number_is_explained_in_its_unit(text_model, head):
    """One output, no probability, no runner-up."""
    model = text_model(head=head("identity", weight=((10.0,),), bias=(5.0,), unit=(0.0, 10.0)))
    model.class_names = ("price",)
    (explanation,) = explain_predictions(model, [Case(0, "1", "good bad movie good bad", "3")])
    assert explanation.values.shape == (5, 1)
    assert np.allclose(explanation.values[:, 0], [20, -30, 5, 20, -30], atol=1e-4)
    assert (explanation.predicted_class, explanation.runner_up_class) == ("-10", "")
    assert np.isnan(explanation.probability)
    assert explanation.names == ("price",)
    assert explanation.quality.verdict == "faithful"


def test_each_label_is_explained_by_its_own_logit(text_model, head):
    """As many columns as labels, the most probable one first; the answer is in the words of the truth."""
    model = text_model(head=head("sigmoid", weight=((1.0,), (-1.0,), (0.5,)), bias=(0.0, 0.0, 0.0)))
    model.class_names = ("x", "y", "z")
    (explanation,) = explain_predictions(model, [Case(0, "1", "good bad good good movie", "x | z", (0, 2))])
    assert explanation.names == ("x", "z", "y")
    assert np.allclose(explanation.values[1], [-3, -1.5, 3], atol=1e-5)
    assert (explanation.predicted_class, explanation.runner_up_class) == ("x | z", "y")
    assert explanation.right is True


def test_no_time_gives_no_explanations(image_model, cases):
    """With the deadline passed nothing is evaluated and nothing is raised."""
    model = image_model()
    assert explain_predictions(model, cases(3), remaining=lambda: 0.0) == ()
    assert model.backbone.calls == 0
    with pytest.raises(DeadlineReached):
        explain_one(model, cases(1)[0], remaining=lambda: 0.0)


def test_what_is_done_is_returned_when_time_runs_out(image_model, cases):
    """The clock runs with the evaluations: the last cases do not fit any more."""
    model = image_model()
    remaining = lambda: 1000.0 if model.backbone.calls < 500 else 0.0  # noqa: E731
    done = quick(model, cases(4), remaining=remaining)
    assert 1 <= len(done) < 4


def test_an_interruption_leaves_values_with_their_errors(image_model, cases):
    """Three pairs of permutations were wanted, the clock allowed two."""
    model = image_model()
    remaining = lambda: 1000.0 if model.backbone.calls < 262 else 0.0  # noqa: E731
    (short,) = explain_predictions(model, cases(1), max_evals=10_000, remaining=remaining, batch_size=16)
    assert short.stopped in ("deadline", "stable")
    assert short.additivity_gap < 1e-5
    assert np.isfinite(short.standard_errors).all()
    assert any("no time" in reason for reason in short.quality.reasons)


@pytest.fixture
def slow(monkeypatch):
    """Makes an evaluation seem to take this many seconds."""

    def take(seconds):
        monkeypatch.setattr("automl_tl.explain.work._timed", lambda game, pilot: seconds)

    return take


def test_short_time_means_fewer_evaluations(slow, image_model, cases):
    """With time for 150 evaluations one permutation (128) is run instead of two."""
    slow(0.01)
    (short,) = quick(image_model(), cases(1), remaining=lambda: 1.5)
    (full,) = quick(image_model(), cases(1), remaining=lambda: 1000.0)
    assert short.evaluations < 150 < full.evaluations
    assert short.additivity_gap < 1e-5
    assert np.isnan(short.standard_errors).all()


def test_very_short_time_means_coarser_patches(slow, image_model, cases):
    """With time for 60 evaluations the image is cut into 5 x 5 patches; with time for 20 there is no answer."""
    slow(0.01)
    (short,) = quick(image_model(), cases(1), remaining=lambda: 0.6)
    assert short.grid == (5, 5)
    assert short.additivity_gap < 1e-5
    assert quick(image_model(), cases(1), remaining=lambda: 0.2) == ()


def test_one_that_is_too_dear_leaves_its_time_to_cheaper_ones(monkeypatch, image_model, cases):
    """The second of four would take hours: the others are explained, each with its share of what is left."""
    clock, plans = [100.0], []
    dear = iter([1e-3, 1e4, 1e-3, 1e-3])

    def take(game, pilot):
        clock[0] -= 10.0
        return next(dear)

    prepare = explainer.prepare

    def watched(subject, case, plan, **options):
        plans.append(plan.seconds)
        return prepare(subject, case, plan, **options)

    monkeypatch.setattr("automl_tl.explain.work._timed", take)
    monkeypatch.setattr(explainer, "prepare", watched)
    done = quick(image_model(), cases(4), remaining=lambda: clock[0])
    assert [entry.row for entry in done] == [0, 2, 3]
    assert plans == [25.0, 30.0, 40.0, 70.0]


def test_same_seed_same_explanation_and_progress_is_told(image_model, cases):
    """Reproducible to the last bit."""
    heard = []
    first = quick(image_model(), cases(2), seed=7, progress=lambda f, m: heard.append((f, m)))
    second = quick(image_model(), cases(2), seed=7)
    assert all(np.array_equal(a.values, b.values) for a, b in zip(first, second, strict=True))
    assert list(dict.fromkeys(heard)) == [(0.0, "explaining 1 of 2"), (0.5, "explaining 2 of 2")]
    assert len(heard) > 2


def test_superpixels_are_features_too(image_model, bright_left):
    """Fewer regions than pixels, and the map of them travels along."""
    case = Case(0, "1", bright_left(), "left")
    (explanation,) = quick(image_model(), [case], features="superpixels")
    assert explanation.grid is None
    assert explanation.segments.max() + 1 == len(explanation.values)
    assert explanation.additivity_gap < 1e-5
    with pytest.raises(InvalidInput, match="hexagons"):
        quick(image_model(), [case], features="hexagons")


@pytest.mark.parametrize(
    "image",
    [
        np.full((20, 24), 90, dtype=np.uint8),
        np.full((20, 24, 4), 90, dtype=np.uint8),
        np.full((2, 3000, 3), 90, dtype=np.uint8),
        np.full((1, 1, 3), 90, dtype=np.uint8),
        np.random.default_rng(0).random((20, 24, 3)),
    ],
    ids=["grey", "RGBA", "long", "one pixel", "float"],
)
def test_pictures_of_every_kind_are_explained(image_model, image):
    """Grey, transparent, huge, tiny and float pictures."""
    model = image_model(side=16)
    rgb = np.zeros((1, 1, 3), dtype=np.uint8)
    model.logits = lambda inputs, plain=model.logits: plain(
        [i if i.ndim == 3 and i.shape[2] == 3 else rgb for i in inputs]
    )
    (explanation,) = explain_predictions(model, [Case(0, "1", image, "x")], max_evals=140)
    assert np.isfinite(explanation.values).all()
    assert explanation.preview_png


def test_other_inputs_are_refused(image_model):
    """The message says what can be explained."""
    with pytest.raises(InvalidInput, match="int"):
        explain_predictions(image_model(), [Case(0, "1", 5, "x")])


def test_the_temperature_changes_the_probability_and_not_the_logits(image_model, cases):
    """The report prints the calibrated probability; contributions stay in logits."""
    warm = image_model()
    warm.temperature = 4.0
    (calibrated,) = quick(warm, cases(1))
    (plain,) = quick(image_model(), cases(1))
    assert 0.5 < calibrated.probability < plain.probability
    assert np.array_equal(calibrated.model_outputs, plain.model_outputs)


@pytest.fixture
def side_by_side(monkeypatch):
    """Groups cases by four, as a GPU does by eight."""
    monkeypatch.setattr("automl_tl.explain.explainer._group_size", lambda subject: 4)


@pytest.fixture
def late(monkeypatch):
    """Lets time run out over one case, in one of the steps."""

    def interrupt(step, row):
        whole = getattr(explainer, step)

        def stepped(*arguments, **options):
            if row in [getattr(getattr(each, "case", each), "row", None) for each in arguments]:
                raise DeadlineReached("too late")
            return whole(*arguments, **options)

        monkeypatch.setattr(explainer, step, stepped)

    return interrupt


@pytest.mark.parametrize("step", ["prepare", "finish"])
def test_one_case_that_comes_late_does_not_take_the_others_along(side_by_side, late, image_model, cases, step):
    """Those of its group that are finished are kept, and so are further groups while there is time."""
    late(step, 1)
    done = quick(image_model(), cases(6), max_evals=140)
    assert [entry.row for entry in done] == [0, 2, 3, 4, 5]


def test_cases_side_by_side_share_the_time(slow, side_by_side, image_model, cases):
    """Each of four in 6 s gets as many evaluations as one in 1.5 s, not those of the whole 6 s."""
    slow(0.01)
    done = quick(image_model(), cases(4), remaining=lambda: 6.0)
    assert len(done) == 4
    assert all(entry.evaluations < 150 for entry in done)
    assert all(entry.additivity_gap < 1e-5 for entry in done)


def test_the_first_of_a_group_leaves_time_for_the_checks_of_the_others(side_by_side, image_model, cases):
    """Each is finished in an even share of what is left."""
    shares = []

    def heard(work, finish=explainer.finish):
        shares.append(work.remaining())
        return finish(work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explainer, "finish", heard)
        explain_predictions(image_model(), cases(4), max_evals=140, compare=False, remaining=lambda: 4000.0)
    assert shares[0] == pytest.approx(1000.0, rel=0.1)
    assert shares[3] > 3000.0


def test_a_group_has_the_values_of_single_cases(side_by_side, image_model, cases, monkeypatch):
    """Common batches change nothing."""
    together = quick(image_model(), cases(3), max_evals=140)
    monkeypatch.setattr(explainer, "_group_size", lambda subject: 1)
    alone = quick(image_model(), cases(3), max_evals=140)
    assert [entry.row for entry in together] == [0, 1, 2]
    for one, other in zip(together, alone, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-5)
