"""The message domain."""

import numpy as np
import pytest

from automl_tl.zoo.starter.text_sources.messages import INTENTS, draw_messages


@pytest.mark.parametrize("intent", list(INTENTS))
def test_brackets_match(intent):
    """Every template can be expanded to the end."""
    for template in INTENTS[intent]:
        assert template.count("[") == template.count("]")
        assert template.count("{") == template.count("}")


def test_no_marks_of_the_grammar_are_left():
    """Messages read as people write."""
    labels = list(range(len(INTENTS))) * 10
    texts = draw_messages(INTENTS, labels, np.random.default_rng(0))
    assert not any(set("{}[]|") & set(text) for text in texts)


def test_messages_vary():
    """An intent has many wordings."""
    assert len(set(draw_messages(INTENTS, [0] * 300, np.random.default_rng(0)))) > 200
