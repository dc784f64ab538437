"""Explanations of single predictions, within the time that is left."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.explain.explainer import Case, explain_predictions


class PatchSum:
    """Image model with a known answer: the logit of class 1 is 8 x mean brightness of the left half."""

    modality = "image"
    class_names = ("other", "left")
    backbone = None
    head = None
    temperature = 1.0
    calls = 0

    def logits(self, inputs):
        self.calls += len(inputs)
        left = np.array([image[:, : image.shape[1] // 2].mean() / 255 for image in inputs])
        return np.stack([np.ones(len(left)), 8 * left], axis=1).astype(np.float32)


def bright_left(seed=0):
    image = np.zeros((16, 16, 3), dtype=np.uint8)
    image[4:12, 0:8] = np.random.default_rng(seed).integers(150, 255, (8, 8, 3))
    return image


def cases(n):
    return [Case(row, f"image{row}.png", bright_left(row), "left") for row in range(n)]


def test_image_explanation_is_additive_and_finds_the_bright_half():
    """Contributions add up to the logits and lie where the evidence is."""
    (explanation,) = explain_predictions(PatchSum(), cases(1), seed=1)
    assert (explanation.predicted_class, explanation.runner_up_class) == ("left", "other")
    assert explanation.grid == (8, 8)
    scale = np.abs(explanation.model_outputs).max()
    assert explanation.additivity_gap <= 1e-5 * scale
    heat = explanation.values[:, 0].reshape(8, 8)
    assert np.allclose(heat[:, 4:], 0, atol=1e-6)
    assert heat[2:6, :4].sum() > 0.5
    assert explanation.preview_png.startswith(b"\x89PNG")
    assert explanation.faithfulness.verdict == "faithful"
    assert 0.5 < explanation.probability < 1


def test_text_explanation_equals_the_known_word_weights(text_model):
    """Each word's Shapley value in an additive model is its weight."""
    case = Case(3, "4", "good bad movie good", "positive")
    (explanation,) = explain_predictions(text_model(), [case])
    assert explanation.feature_names == ("good", "bad", "movie", "good")
    assert np.allclose(explanation.values[:, 0], [2, -3, 0.5, 2], atol=1e-5)
    assert np.allclose(explanation.values[:, 1], [-2, 3, -0.5, -2], atol=1e-5)
    assert explanation.additivity_gap < 1e-5
    assert (explanation.row, explanation.row_id, explanation.grid) == (3, "4", None)


def test_long_text_is_sampled_and_still_additive(text_model):
    """More than eight words go through KernelSHAP."""
    text = " ".join(["good", "bad", "movie"] * 6)
    (explanation,) = explain_predictions(text_model(), [Case(0, "1", text, "negative")])
    assert np.allclose(explanation.values[:3, 0], [-2, 3, -0.5], atol=1e-4)
    assert explanation.additivity_gap < 1e-5 * np.abs(explanation.model_outputs).max() + 1e-9


def test_an_empty_text_is_explained_by_nothing(text_model):
    """No words, no contributions; base value and output agree."""
    (explanation,) = explain_predictions(text_model(), [Case(0, "1", "", "positive")])
    assert explanation.values.shape == (0, 2)
    assert explanation.additivity_gap == 0


def test_no_time_gives_no_explanations():
    """With the deadline passed nothing is evaluated and nothing is raised."""
    model = PatchSum()
    assert explain_predictions(model, cases(3), remaining=lambda: 0.0) == ()
    assert model.calls == 0


def test_what_is_done_is_returned_when_time_runs_out():
    """The clock runs with the evaluations: the second case does not fit any more."""
    model = PatchSum()
    done = explain_predictions(model, cases(3), remaining=lambda: 1.0 if model.calls < 400 else 0.0, check=False)
    assert 1 <= len(done) < 3


def test_short_time_means_fewer_evaluations(monkeypatch):
    """With time for 150 evaluations one permutation (129) is run instead of two."""
    monkeypatch.setattr("automl_tl.explain.explainer._seconds_per_evaluation", lambda memo: 0.01)
    (short,) = explain_predictions(PatchSum(), cases(1), remaining=lambda: 1.5)
    (full,) = explain_predictions(PatchSum(), cases(1), remaining=lambda: 1000.0)
    assert short.evaluations < 150 < full.evaluations
    assert short.faithfulness is None
    assert short.additivity_gap < 1e-5


def test_very_short_time_means_coarser_patches(monkeypatch):
    """With time for 60 evaluations the image is cut into 5 x 5 patches (51 evaluations)."""
    monkeypatch.setattr("automl_tl.explain.explainer._seconds_per_evaluation", lambda memo: 0.01)
    (short,) = explain_predictions(PatchSum(), cases(1), remaining=lambda: 0.6)
    assert short.grid == (5, 5)
    assert short.additivity_gap < 1e-5
    assert explain_predictions(PatchSum(), cases(1), remaining=lambda: 0.2) == ()


def test_same_seed_same_explanation_and_progress_is_told():
    """Reproducible to the last bit."""
    heard = []
    first = explain_predictions(PatchSum(), cases(2), seed=7, progress=lambda f, m: heard.append((f, m)))
    second = explain_predictions(PatchSum(), cases(2), seed=7)
    assert all(np.array_equal(a.values, b.values) for a, b in zip(first, second, strict=True))
    assert heard == [(0.0, "explaining 1 of 2"), (0.5, "explaining 2 of 2")]


def test_other_inputs_are_refused():
    """The message says what can be explained."""
    with pytest.raises(InvalidInput, match="int"):
        explain_predictions(PatchSum(), [Case(0, "1", 5, "x")])


def test_the_temperature_changes_the_probability_and_not_the_logits():
    """The report prints the calibrated probability; contributions stay in logits."""
    warm = PatchSum()
    warm.temperature = 4.0
    (calibrated,) = explain_predictions(warm, cases(1))
    (plain,) = explain_predictions(PatchSum(), cases(1))
    assert 0.5 < calibrated.probability < plain.probability
    assert np.array_equal(calibrated.model_outputs, plain.model_outputs)
