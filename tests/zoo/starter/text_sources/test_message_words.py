"""Words that fill the slots."""

import re

from automl_tl.zoo.starter.held_out.texts import UNSEEN_INTENTS
from automl_tl.zoo.starter.text_sources.message_words import WORDS
from automl_tl.zoo.starter.text_sources.messages import INTENTS

SLOT = re.compile(r"\{(\w+)\}")


def test_every_slot_of_every_template_has_words():
    """And no list of words is left unused."""
    templates = [template for forms in (*INTENTS.values(), *UNSEEN_INTENTS.values()) for template in forms]
    used = {slot for template in (*templates, *WORDS["talk"]) for slot in SLOT.findall(template)}
    assert used | {"greeting", "closing", "talk"} == set(WORDS)


def test_only_small_talk_holds_slots():
    """Filling a slot always ends: what small talk needs needs nothing more."""
    assert not any(SLOT.search(word) for slot, words in WORDS.items() if slot != "talk" for word in words)
    assert "talk" not in {slot for line in WORDS["talk"] for slot in SLOT.findall(line)}
