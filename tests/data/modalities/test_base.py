"""The registry of modalities."""

from automl_tl.data.modalities.base import Modality, modalities


def test_image_and_text_are_built_in():
    """Both register themselves at the first look-up."""
    assert {"image", "text"} <= set(modalities.names())
    assert all(isinstance(modalities.get(name), Modality) for name in modalities)
