"""Held-out text tasks."""

from automl_tl.zoo.starter.held_out.base import held_out_tasks
from automl_tl.zoo.starter.held_out.texts import UNSEEN_INTENTS
from automl_tl.zoo.starter.text_sources.messages import INTENTS
from automl_tl.zoo.starter.text_sources.standard_library import HELD_OUT_PACKAGES


def test_unseen_intents_are_new():
    """No intent and no template is shared with the source domain."""
    assert not set(UNSEEN_INTENTS) & set(INTENTS)
    seen = {template for forms in INTENTS.values() for template in forms}
    assert not seen & {template for forms in UNSEEN_INTENTS.values() for template in forms}


def test_packages_are_the_held_out_ones():
    """The classes are the packages that pretraining left out."""
    assert held_out_tasks.get("held-out packages").load().class_names == HELD_OUT_PACKAGES
