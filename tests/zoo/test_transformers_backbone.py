"""transformers encoders behind the one interface."""

import json

import pytest
import torch
from transformers import BertConfig, BertModel

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_text_model, tiny_tokenizer
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.transformers_backbone import TransformersBackbone

TEXTS = ["the melody and the guitar", "a storm"]


def embed(backbone, texts=TEXTS):
    with torch.inference_mode():
        return backbone(backbone.preprocess(texts))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pools_the_last_layer(pooling):
    """Mean over the attention mask, or the first token."""
    backbone = tiny_text_model(pooling=pooling)
    reference = BertModel(BertConfig.from_dict(backbone.config["config"]), add_pooling_layer=False).eval()
    reference.load_state_dict(backbone.network.state_dict())
    for row, text in enumerate(TEXTS):
        ids = torch.tensor(tiny_tokenizer().batch([text])[0])
        with torch.inference_mode():
            hidden = reference(input_ids=ids).last_hidden_state[0]
        expected = hidden.mean(dim=0) if pooling == "mean" else hidden[0]
        assert torch.allclose(embed(backbone)[row], expected, atol=1e-5)


def test_an_empty_text_has_a_finite_embedding():
    """It is unusable as data but must not poison a batch."""
    assert torch.isfinite(embed(tiny_text_model(), ["", "a storm"])).all()


def test_blocks_are_embeddings_then_layers():
    """Every parameter once; the pooler, which the embedding does not pass through, is gone."""
    backbone = tiny_text_model()
    blocks = backbone.blocks()
    assert [block.name for block in blocks] == ["embeddings", "encoder.layer.0", "encoder.layer.1"]
    grouped = [id(parameter) for block in blocks for parameter in block.parameters]
    assert sorted(grouped) == sorted(id(parameter) for parameter in backbone.parameters())


@pytest.mark.parametrize(
    ("shape", "last"),
    [
        (
            {"model_type": "distilbert", "dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2},
            "transformer.layer.1",
        ),
        ({"model_type": "mpnet"}, "final"),
        ({"model_type": "roberta", "max_position_embeddings": 40}, "encoder.layer.1"),
        ({"model_type": "albert", "embedding_size": 8}, "encoder.albert_layer_groups.0"),
        ({"model_type": "modernbert", "pad_token_id": 0}, "final"),
    ],
    ids=lambda value: value["model_type"] if isinstance(value, dict) else "",
)
def test_other_encoder_families_work_alike(shape, last):
    """Finite embeddings, gradients for every parameter, blocks from input to output."""
    small = {
        "vocab_size": 60,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 32,
    }
    card = ModelCard("local", "x", "text", shape["model_type"], "x", TextInput(16))
    backbone = TransformersBackbone(card, {"config": {**small, **shape}, "num_classes": 0}, tiny_tokenizer())
    embedding = backbone(backbone.preprocess(TEXTS))
    assert embedding.shape == (2, 16)
    embedding.square().sum().backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None] == []
    blocks = backbone.blocks()
    assert sum(len(block.parameters) for block in blocks) == len(list(backbone.parameters()))
    assert blocks[0].name == "embeddings"
    assert blocks[-1].name == last


def test_a_source_head_gives_logits_and_is_never_trained():
    """Starter encoders carry the classes they were pretrained on."""
    backbone = tiny_text_model(num_classes=4)
    embedding, logits = backbone.embed_with_source(backbone.preprocess(TEXTS))
    assert logits.shape == (2, 4)
    assert torch.equal(logits, backbone.source_head(embedding))
    assert torch.equal(logits, backbone.source_logits(backbone.preprocess(TEXTS)))
    assert not any(name.startswith("source_head") for name, _ in backbone.named_parameters())
    assert tiny_text_model().source_logits(backbone.preprocess(TEXTS)) is None


def test_reinitialising_is_seeded_and_complete():
    """Same seed, same weights; another seed, others; no source head any more."""
    backbone = tiny_text_model(num_classes=4)
    outputs = []
    for seed in (1, 1, 2):
        backbone.reinitialise(seed)
        outputs.append(embed(backbone))
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])
    assert backbone.source_head is None
    assert backbone.config["num_classes"] == 0


def test_can_be_built_again_from_config_and_assets(tmp_path):
    """The config is plain JSON."""
    backbone = tiny_text_model()
    backbone.save_assets(tmp_path)
    config = json.loads(json.dumps(backbone.config))
    again = TransformersBackbone.from_config(backbone.card, config, tmp_path).eval()
    again.load_state_dict(backbone.state_dict())
    assert torch.equal(embed(again), embed(backbone))
    assert again.mask_token_id == backbone.mask_token_id == 4


def test_weights_of_a_pooler_are_passed_over():
    """Older files carry one, and buffers that newer code computes."""
    backbone = tiny_text_model()
    state = {key: torch.zeros_like(value) for key, value in backbone.native_state_dict().items()}
    state |= {"pooler.dense.weight": torch.zeros(16, 16), "embeddings.position_ids": torch.arange(32)[None]}
    backbone.load_native_state_dict(state)
    assert all(parameter.eq(0).all() for parameter in backbone.parameters())


def test_nothing_in_a_config_can_name_code_or_files():
    """Such entries are ignored, whatever they hold."""
    backbone = tiny_text_model()
    harmful = {
        **backbone.config["config"],
        "auto_map": {"AutoModel": "evil.Model"},
        "attn_implementation": "someone/kernel",
        "_attn_implementation": "someone/kernel",
        "quantization_config": {"quant_method": "evil"},
    }
    TransformersBackbone(backbone.card, {"config": harmful, "num_classes": 0}, tiny_tokenizer())


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"model_type": "no-such-model"}, "no-such-model"),
        ({}, "model type ''"),
        ({"model_type": "t5"}, "encoder-decoder"),
    ],
)
def test_other_models_are_refused(config, reason):
    """With the model type in the sentence."""
    card = ModelCard("local", "x", "text", "x", "x", TextInput())
    with pytest.raises(ModelUnavailable, match=reason):
        TransformersBackbone(card, {"config": config}, tiny_tokenizer())


def test_an_image_card_is_refused():
    """An encoder has no use for pixels."""
    card = ModelCard("local", "x", "image", "bert", "bert", ImageInput())
    with pytest.raises(ModelUnavailable, match="text input"):
        TransformersBackbone(card, tiny_text_model().config, tiny_tokenizer())


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_mean_over_layers_is_that_of_the_hidden_states(pooling):
    """Each layer of the reference pooled over the words alone; the token embeddings are no layer."""
    backbone = tiny_text_model(pooling=pooling)
    backbone.choose_layers("mean")
    reference = BertModel(BertConfig.from_dict(backbone.config["config"]), add_pooling_layer=False).eval()
    reference.load_state_dict(backbone.network.state_dict())
    for row, text in enumerate(TEXTS):
        ids = torch.tensor(tiny_tokenizer().batch([text])[0])
        with torch.inference_mode():
            states = reference(input_ids=ids, output_hidden_states=True).hidden_states
        assert len(states) == 3
        pooled = [layer[0].mean(dim=0) if pooling == "mean" else layer[0, 0] for layer in states[1:]]
        assert torch.allclose(embed(backbone)[row], (pooled[0] + pooled[1]) / 2, atol=1e-5)


def test_layers_that_normalise_first_are_seen_through_the_final_normalisation():
    """As the last one is; a network cut after its first layer gives the other half of the mean."""
    shape = {
        "vocab_size": 60,
        "hidden_size": 16,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "pad_token_id": 0,
    }
    card = ModelCard("local", "x", "text", "modernbert", "x", TextInput(16, layers="mean"))
    config = {"config": {**shape, "model_type": "modernbert", "num_hidden_layers": 2}, "num_classes": 0}
    backbone = TransformersBackbone(card, config, tiny_tokenizer())
    both, _ = backbone.embed_layers(backbone.preprocess(TEXTS), ("last", "mean"))
    backbone.network.layers = backbone.network.layers[:1]
    first = backbone.embed_layers(backbone.preprocess(TEXTS), ("last",))[0]["last"]
    assert torch.allclose(both["mean"], (first + both["last"]) / 2, atol=1e-5)


def test_every_choice_comes_from_one_pass():
    """The same as alone; the source head looks at the last layer whatever is chosen."""
    backbone = tiny_text_model(num_classes=4)
    batch = backbone.preprocess(TEXTS)
    together, logits = backbone.embed_layers(batch, backbone.layer_choices)
    assert list(together) == ["last", "mean"]
    for layers, embedding in together.items():
        backbone.choose_layers(layers)
        assert torch.equal(backbone(batch), embedding)
        assert torch.equal(backbone.source_logits(batch), logits)
        assert backbone.embedding_size == backbone.card.embedding_size == 16
    assert torch.equal(logits, backbone.source_head(together["last"]))


def test_mean_trains_every_parameter_and_survives_saving(tmp_path):
    """Blocks are the same; the card in the saved model says what the embedding is made of."""
    backbone = tiny_text_model()
    backbone.choose_layers("mean")
    backbone(backbone.preprocess(TEXTS)).sin().sum().backward()
    assert [name for name, p in backbone.named_parameters() if p.grad is None] == []
    backbone.save_assets(tmp_path)
    again = TransformersBackbone.from_config(backbone.card, backbone.config, tmp_path).eval()
    again.load_state_dict(backbone.state_dict())
    assert torch.equal(embed(again), embed(backbone))


@pytest.mark.parametrize(("kind", "layers"), [("bert", 1), ("canine", 2)])
def test_no_mean_where_layers_cannot_be_averaged(kind, layers):
    """One layer is its own mean; some encoders shorten the text on the way."""
    shape = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": layers}
    card = ModelCard("local", "x", "text", kind, "x", TextInput(16))
    backbone = TransformersBackbone(card, {"config": {"model_type": kind, **shape}}, tiny_tokenizer())
    assert backbone.layer_choices == ("last",)
    with pytest.raises(ModelUnavailable, match="layers must be one of last but got 'mean'"):
        backbone.choose_layers("mean")


def test_a_deep_encoder_offers_its_last_four_layers_and_all_of_them(tmp_path):
    """Those are for whoever asks by name; a saved model remembers which one it reads."""
    shape = {"hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32, "num_hidden_layers": 6}
    card = ModelCard("local", "x", "text", "bert", "x", TextInput(16))
    config = {"config": {"model_type": "bert", "vocab_size": 60, **shape}}
    backbone = TransformersBackbone(card, config, tiny_tokenizer()).eval()
    assert backbone.layer_choices == ("last", "mean")
    assert backbone.further_layer_choices == ("last_4", "all")
    batch = backbone.preprocess(TEXTS)
    found, _ = backbone.embed_layers(batch, ("last", "last_4", "all"))
    assert not torch.allclose(found["last_4"], found["last"])
    parts = found["all"].reshape(len(TEXTS), 6, 16)
    assert torch.allclose(parts.norm(dim=2), torch.full((len(TEXTS), 6), 4.0), rtol=1e-4)
    backbone.choose_layers("all")
    assert backbone.embedding_size == backbone.card.embedding_size == 96
    backbone.save_assets(tmp_path)
    again = TransformersBackbone.from_config(backbone.card, backbone.config, tmp_path).eval()
    again.load_state_dict(backbone.state_dict())
    assert torch.equal(again(batch), found["all"])
