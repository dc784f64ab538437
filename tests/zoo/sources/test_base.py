"""The registry of model sources."""

from automl_tl.zoo.sources.base import model_sources


def test_the_shipped_sources_are_registered():
    """Found by name without importing their modules first."""
    assert {"starter", "timm", "hf", "local"} <= set(model_sources.names())
