"""The type between the probe and the scores."""

from automl_tl.probe.familiarity import Familiarity


def test_a_model_may_tell_nothing():
    """Every part is optional."""
    assert Familiarity() == Familiarity(None, None, None, None, None, None, "")
