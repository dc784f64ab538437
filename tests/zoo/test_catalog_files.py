"""The catalog's files: complete, consistent, and refused with the place when they are not."""

import pytest
import timm

from automl_tl.errors import SearchSpaceError
from automl_tl.zoo.catalog_files import (
    architecture_family,
    catalog_cards,
    read_catalog_file,
    search_spaces_directory,
)

GOOD = """
source: timm
modality: image
models:
  - model: resnet18.a1_in1k
    architecture: resnet18
    family: resnet
    input: {size: [224, 224], crop_fraction: 0.95}
    prior: {imagenet1k_top1: 71.5}
"""


def test_lists_enough_models_of_both_kinds():
    """At least 25 image models and 15 text encoders, each once."""
    images, texts = catalog_cards("timm"), catalog_cards("hf")
    assert len({card.id for card in images}) == len(images) >= 25
    assert len({card.id for card in texts}) == len(texts) >= 15


@pytest.mark.parametrize("source", ["timm", "hf"])
def test_every_listed_model_tells_licence_and_size(source):
    """What people choose by before anything is loaded."""
    for card in catalog_cards(source):
        assert card.licence in {"Apache-2.0", "MIT", "BSD-3-Clause"}, card.id
        assert card.parameters > 1_000_000
        assert card.embedding_size > 0
        assert card.domain
        assert card.family
        assert card.revision == ""


def test_image_models_are_what_timm_says_they_are():
    """Architecture, licence and input are timm's own description of the weights."""
    for card in catalog_cards("timm"):
        published = timm.get_pretrained_cfg(card.model)
        assert card.architecture == published.architecture, card.id
        assert card.licence.lower() == published.license
        assert (*card.input.size,) == published.input_size[1:]
        assert card.input.mean == pytest.approx(published.mean)
        assert card.input.std == pytest.approx(published.std)
        assert card.input.interpolation == published.interpolation
        assert card.input.crop_fraction == published.crop_pct


@pytest.mark.parametrize("model", ["mobilenetv3_small_050.lamb_in1k", "resnet18.a1_in1k"])
def test_the_counted_sizes_are_real(model):
    """Counted on the network that timm builds."""
    card = next(card for card in catalog_cards("timm") if card.model == model)
    network = timm.create_model(card.architecture, num_classes=timm.get_pretrained_cfg(model).num_classes)
    assert sum(p.numel() for p in network.parameters()) == card.parameters
    assert network.head_hidden_size == card.embedding_size


def test_a_good_file_becomes_cards(tmp_path):
    """Defaults fill what is left out."""
    path = tmp_path / "c.yaml"
    path.write_text(GOOD)
    (card,) = read_catalog_file(path)
    assert card.id == "timm:resnet18.a1_in1k"
    assert card.input.crop_fraction == 0.95
    assert card.prior == {"imagenet1k_top1": 71.5}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("models:", "candidates:", "list called models"),
        ("modality: image", "modality: smell", "image or text"),
        ("source: timm", "source: timm\ncolour: red", "unknown key 'colour'"),
        ("family: resnet", "familly: resnet", "unknown field 'familly'"),
        ("    family: resnet\n", "", "'family' is missing"),
        ("crop_fraction", "crop", "unknown field 'crop'"),
        ("  - model", "  - 5\n  - model", "model 1 must be a mapping"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(tmp_path, old, new, reason):
    """File, model and field."""
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(SearchSpaceError, match=reason) as caught:
        read_catalog_file(path)
    assert caught.value.message.startswith("c.yaml")


def test_a_model_listed_twice_is_refused(tmp_path):
    """One of the two would be ignored."""
    path = tmp_path / "c.yaml"
    path.write_text(GOOD + GOOD.split("models:\n")[1])
    with pytest.raises(SearchSpaceError, match="listed twice"):
        read_catalog_file(path)


def test_the_directory_holds_catalogs_and_spaces():
    """In a checkout it stands beside the package."""
    assert (search_spaces_directory() / "catalog" / "timm.yaml").is_file()


@pytest.mark.parametrize(
    ("architecture", "family"),
    [("mobilenetv2_100", "mobilenetv2"), ("resnet18", "resnet"), ("vit_tiny_patch16_224", "vit"), ("", "")],
)
def test_families_are_read_off_the_architecture(architecture, family):
    """For models that no catalog describes."""
    assert architecture_family(architecture) == family
