"""Evidence from the model itself."""

import numpy as np
import pytest
import torch

from automl_tl.errors import Cancelled, ModelUnavailable
from automl_tl.probe import gather_familiarity as module
from automl_tl.probe.gather_familiarity import gather_familiarity
from automl_tl.testing.tiny_models import write_masked_lm_folder, write_transformers_folder
from automl_tl.zoo.sources.base import model_sources


def first_layer(backbone):
    return next(layer for layer in backbone.modules() if isinstance(layer, torch.nn.BatchNorm2d))


def seen_by(layer, backbone, examples):
    """Return what enters a layer, one row per channel."""
    kept = []
    hook = layer.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    with torch.inference_mode():
        backbone(backbone.preprocess(examples))
    hook.remove()
    return kept[0].transpose(0, 1).flatten(1).double().numpy()


def read(images, rows):
    return module.modalities.get("image").read(images, rows)


def test_a_layer_that_expects_these_very_data_does_not_diverge(image_model, images):
    """Its running statistics are set to those of the rows; the formula by hand after that is moved."""
    layer, rows = first_layer(image_model.backbone), list(range(12))
    values = seen_by(layer, image_model.backbone, read(images, rows))
    mean, variance = values.mean(axis=1), values.var(axis=1)
    layer.running_mean.copy_(torch.from_numpy(mean))
    layer.running_var.copy_(torch.from_numpy(variance))
    assert gather_familiarity(image_model, images, rows).batch_norm[0] == pytest.approx(0.0, abs=1e-6)
    layer.running_mean.add_(1.0)
    layer.running_var.mul_(4.0)
    own, known = variance + layer.eps, 4 * variance + layer.eps
    expected = np.mean(((own + 1.0) / known - 1 - np.log(own / known)) / 2)
    assert gather_familiarity(image_model, images, rows).batch_norm[0] == pytest.approx(expected, rel=1e-3)


def test_batches_and_order_do_not_matter(image_model, images, monkeypatch):
    """Sums add up over batches."""
    whole = gather_familiarity(image_model, images, range(12))
    monkeypatch.setattr(module, "_BATCH", 5)
    parts = gather_familiarity(image_model, images, list(range(12))[::-1])
    np.testing.assert_allclose(parts.batch_norm, whole.batch_norm, rtol=1e-4)
    np.testing.assert_allclose(parts.negative_energy, whole.negative_energy, atol=1e-5)


def test_the_energy_is_that_of_the_source_head(image_model, images):
    """Log-sum-exp of its logits less the logarithm of their number."""
    with torch.inference_mode():
        logits = image_model.backbone.source_logits(image_model.backbone.preprocess(read(images, [3, 8])))
    found = gather_familiarity(image_model, images, [3, 8]).negative_energy
    np.testing.assert_allclose(found, logits.logsumexp(dim=1).numpy() - np.log(5), atol=1e-5)


def test_the_model_is_left_as_it_was(image_model, images):
    """No watcher stays, and no statistics move."""
    before = {name: value.clone() for name, value in image_model.backbone.state_dict().items()}
    gather_familiarity(image_model, images, range(4))
    assert all(not layer._forward_pre_hooks for layer in image_model.backbone.modules())
    assert all(torch.equal(value, before[name]) for name, value in image_model.backbone.state_dict().items())


def test_many_rows_are_drawn_from(image_model, images):
    """The same for the same seed."""
    first, same, other = (
        gather_familiarity(image_model, images, range(12), most=6, seed=seed).negative_energy for seed in (1, 1, 2)
    )
    assert len(first) == 6
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_texts_tell_of_the_tokenizer_only(text_model, texts):
    """The encoder has neither normalisation with running statistics nor a source head."""
    found = gather_familiarity(text_model, texts, [0])
    assert (found.batch_norm, found.negative_energy) == (None, None)
    assert texts.inputs[0].startswith("note 0 about the ")
    assert found.words.tolist() == [len(texts.inputs[0].split())]


@pytest.mark.parametrize(
    ("text", "tokens", "words"),
    [("the goal", 2, 2), ("goals playing", 4, 2), ("the xyzzy", 6, 2), ("", 0, 0)],
)
def test_words_count_the_tokens_they_take(text_model, text, tokens, words):
    """``goal ##s`` is two, and an unknown word as many as its characters."""
    assert module._tokens_and_words(text_model.backbone.tokenizer, text) == (tokens, words)


@pytest.fixture
def masked_model(tmp_path):
    """A text model whose files hold the head that predicts hidden words."""
    folder = tmp_path / "encoder"
    write_masked_lm_folder(folder)
    return model_sources.get("local").load(model_sources.get("local").card(str(folder)))


def test_hidden_words_are_asked_about_on_request_only(masked_model, texts):
    """Of at most 64 texts, seeded."""
    assert gather_familiarity(masked_model, texts, range(8)).word_likelihoods is None
    first, same, other = (
        gather_familiarity(masked_model, texts, range(30), most=8, seed=seed, hidden_words=True)
        for seed in (1, 1, 2)
    )
    assert len(first.word_likelihoods) == len(first.likely_words) == 8
    assert (first.word_likelihoods < 0).all()
    assert np.array_equal(first.word_likelihoods, same.word_likelihoods)
    assert not np.array_equal(first.word_likelihoods, other.word_likelihoods)


def test_few_texts_are_asked_about(masked_model, texts, monkeypatch):
    """They are some of those that all evidence is drawn from."""
    monkeypatch.setattr(module, "_MOST_TEXTS", 3)
    found = gather_familiarity(masked_model, texts, range(9), hidden_words=True)
    assert len(found.word_likelihoods) == 3
    assert len(found.tokens) == 9


def test_a_model_without_the_head_keeps_its_other_evidence(text_model, image_model, images, texts, tmp_path):
    """With the reason in words."""
    found = gather_familiarity(text_model, texts, [0], hidden_words=True)
    assert found.tokens is not None
    assert found.no_likelihoods == "the model comes without a masked-language head"
    assert (
        "without a masked-language head"
        in gather_familiarity(image_model, images, [0], hidden_words=True).no_likelihoods
    )
    card = model_sources.get("local").card(str(write_transformers_folder(tmp_path / "headless")))
    found = gather_familiarity(model_sources.get("local").load(card), texts, [0], hidden_words=True)
    assert "local:headless: the weight file holds no masked-language head" in found.no_likelihoods


def test_a_head_that_fails_has_a_reason(masked_model, texts, monkeypatch):
    """The other evidence stays."""

    def broken(*_, **__):
        raise RuntimeError("no such position")

    monkeypatch.setattr(module, "word_likelihoods", broken)
    found = gather_familiarity(masked_model, texts, [0], hidden_words=True)
    assert found.no_likelihoods == "the masked-language head fails on these texts: no such position"
    assert found.tokens is not None


def test_a_tokenizer_without_a_mask_has_a_reason(masked_model, texts, monkeypatch):
    """Nothing can be hidden."""
    monkeypatch.setattr(type(masked_model.backbone.tokenizer), "mask_token_id", None)
    assert "no mask token" in gather_familiarity(masked_model, texts, [0], hidden_words=True).no_likelihoods


def test_a_model_that_fails_has_a_reason(image_model, images, monkeypatch):
    """In words, with the model's name."""

    def broken(batch):
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(image_model.backbone, "embed_with_source", broken)
    with pytest.raises(ModelUnavailable, match="local:tiny-image fails on this data: shapes differ"):
        gather_familiarity(image_model, images, [0])


def test_stops_when_asked(image_model, images):
    """Before the next batch."""
    with pytest.raises(Cancelled):
        gather_familiarity(image_model, images, [0], cancelled=lambda: True)
