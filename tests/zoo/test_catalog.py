"""Names that people write become cards."""

import subprocess
import sys

import pytest

from automl_tl.errors import InvalidName, SpecError
from automl_tl.testing.tiny_models import write_timm_pair
from automl_tl.zoo.card import ImageInput, ModelCard, TextInput
from automl_tl.zoo.catalog import Catalog, load_catalog

GLYPHS = ModelCard("starter", "glyphs-resnet", "image", "resnet18", "resnet", ImageInput())
WORDS = ModelCard("starter", "words-bert", "text", "bert", "bert", TextInput())
RESNET = ModelCard("timm", "resnet18.a1_in1k", "image", "resnet18", "resnet", ImageInput())
MINILM = ModelCard("hf", "sentence-transformers/all-MiniLM-L6-v2", "text", "bert", "minilm", TextInput())
CATALOG = Catalog((GLYPHS, WORDS, RESNET, MINILM))


def ids(names, modality="image", **options):
    return [card.id for card in CATALOG.resolve(names, modality, **options)]


def test_a_source_stands_for_its_models_of_the_datasets_modality():
    """In the catalog's order, each once."""
    assert ids(["timm", "starter", "timm:resnet18.a1_in1k"]) == ["timm:resnet18.a1_in1k", "starter:glyphs-resnet"]
    assert ids(["starter", "timm", "hf"], "text") == ["starter:words-bert", MINILM.id]


def test_no_names_mean_the_starter_zoo():
    """It works without a network."""
    assert ids([]) == ["starter:glyphs-resnet"]


def test_hub_models_need_not_be_listed():
    """The source completes their card when it loads them."""
    (card,) = CATALOG.resolve(["timm:resnet50.tv_in1k"], "image")
    assert (card.architecture, card.family, card.parameters) == ("resnet50", "resnet", 0)
    (card,) = CATALOG.resolve(["hf:someone/encoder"], "text")
    assert card.id == "hf:someone/encoder"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("resnet18.a1_in1k", "did you mean timm:resnet18.a1_in1k"),
        ("starter:glyph-resnet", "did you mean starter:glyphs-resnet"),
        ("nowhere:model", "there is no model 'nowhere:model'"),
        ("hf:someone/encoder", "is for text data but the dataset is image"),
        ("hf", "hold no image model; sources that do: starter, timm"),
    ],
)
def test_a_name_that_cannot_be_resolved_tells_what_would(name, reason):
    """The field is models."""
    with pytest.raises(SpecError, match=reason) as caught:
        ids([name])
    assert caught.value.field == "models"


def test_a_malformed_id_is_refused():
    """Spaces and empty parts."""
    with pytest.raises(InvalidName):
        ids(["timm: resnet18"])


def test_directories_are_refused_where_a_client_sent_the_names(tmp_path):
    """The service never opens a path that came over the wire."""
    write_timm_pair(tmp_path)
    with pytest.raises(SpecError, match="not through the service"):
        ids([f"local:{tmp_path}"])
    assert ids([f"local:{tmp_path}"], allow_local=True) == ["local:tiny"]


def test_lists_by_modality():
    """Or everything."""
    assert CATALOG.cards("text") == (WORDS, MINILM)
    assert len(CATALOG.cards()) == 4
    assert CATALOG.sources() == ("starter", "timm", "hf")


def test_the_real_catalog_loads_without_torch():
    """The server process lists models too."""
    code = (
        "import sys; from automl_tl.zoo.catalog import load_catalog;"
        "print(len(load_catalog().cards()), [m for m in ('torch', 'timm', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, loaded = done.stdout.split(" ", 1)
    assert int(count) == len(load_catalog().cards()) >= 40
    assert loaded.strip() == "[]"
