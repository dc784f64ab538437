"""The library in the config decides which class builds a backbone."""

import pytest

from automl_tl.errors import ModelUnavailable
from automl_tl.testing.tiny_models import tiny_image_model, tiny_text_model
from automl_tl.zoo.build import backbone_from_config


@pytest.mark.parametrize("build", [tiny_image_model, tiny_text_model])
def test_builds_what_was_saved(build, tmp_path):
    """Same class, same names and shapes."""
    backbone = build(num_classes=3)
    backbone.save_assets(tmp_path)
    again = backbone_from_config(backbone.card, backbone.config, tmp_path)
    assert type(again) is type(backbone)
    again.load_state_dict(backbone.state_dict())


def test_an_unknown_library_is_named(tmp_path):
    """A config from a newer version may name one."""
    with pytest.raises(ModelUnavailable, match="'jax'"):
        backbone_from_config(tiny_image_model().card, {"library": "jax"}, tmp_path)
