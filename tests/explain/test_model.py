"""What explanations ask of a model."""

from typing import get_type_hints

from automl_tl.explain.model import ExplainableModel, TokenBackbone


def test_the_needs_of_an_explanation_stay_small(text_model):
    """The fake model offers exactly what the protocols name."""
    model = text_model()
    for protocol, instance in ((ExplainableModel, model), (TokenBackbone, model.backbone)):
        needed = [name for name in vars(protocol) if not name.startswith("_")]
        assert needed
        assert all(hasattr(instance, name) for name in needed)
    assert "inputs" in get_type_hints(ExplainableModel.logits)
