"""Held-out text tasks: packages that pretraining left out, and requests that customers make elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from automl_tl.zoo.starter.held_out.base import HeldOutData, HeldOutTask, held_out_tasks
from automl_tl.zoo.starter.text_sources.messages import draw_messages
from automl_tl.zoo.starter.text_sources.standard_library import HELD_OUT_PACKAGES, docstrings

__all__ = ["UNSEEN_INTENTS"]

_SEED = 77_000_000
_PER_INTENT = 90

UNSEEN_INTENTS: Mapping[str, tuple[str, ...]] = {
    "lost luggage": (
        "my [suitcase|bag|backpack] did not [come out|arrive] at the airport",
        "[where is|who has] my luggage? it was left on the [train|coach]",
        "[I forgot|I left] an umbrella [on the plane|in the waiting room]",
    ),
    "table reservation": (
        "a table for [two|four|six] [tomorrow evening|at eight] please",
        "can I [move|change] my [dinner|lunch] booking? we are [five|three] now",
        "do you have a quiet corner for a birthday meal?",
    ),
    "meter reading": (
        "the [electricity|gas|water] meter reads [48213|9917], [where do I enter it|please note it]",
        "you [estimated|guessed] my [gas|water] use, the real reading was lower",
        "nobody came to read the [heating|electricity] counter",
    ),
    "job application": (
        "are you [hiring|looking for] [drivers|students|staff]? I can start [next week|in May]",
        "I [applied|sent my papers], is the [post|job] as [cashier|technician] still open?",
        "what does a [trainee|driver] earn with you?",
    ),
    "insurance claim": (
        "my [car|bicycle|roof] was [hit|flooded], how do I [report|claim] it?",
        "does my [policy|insurance] pay for the broken [window|cellar]?",
        "the [expert|inspector] has not looked at the damage from the storm",
    ),
    "gift wrapping": (
        "can you [wrap|pack] it as a [gift|birthday present]?",
        "please [leave out|hide] the [price|invoice], it is a surprise for my [son|wife]",
        "do you write a greeting card by hand?",
    ),
    "allergy": (
        "does the [soup|cake|cream] contain [nuts|milk|gluten]?",
        "I cannot eat [eggs|fish|wheat], what do you [suggest|have]?",
        "my skin turned red from the [soap|shampoo]",
    ),
    "parking": (
        "where can I [park|leave my car] near your [shop|hotel]?",
        "I got a parking [fine|ticket] although I paid",
        "is the garage [open|locked] at night?",
    ),
}
"""Like ``messages.INTENTS``, but of intents that no starter model has seen."""


def _held_out_packages() -> HeldOutData:
    texts: list[str] = []
    labels: list[int] = []
    for label, package in enumerate(HELD_OUT_PACKAGES):
        found = docstrings(package)
        texts += list(found)
        labels += [label] * len(found)
    return HeldOutData(HELD_OUT_PACKAGES, texts, np.array(labels, np.int64))


def _unseen_intents() -> HeldOutData:
    labels = np.arange(_PER_INTENT * len(UNSEEN_INTENTS), dtype=np.int64) % len(UNSEEN_INTENTS)
    texts = draw_messages(UNSEEN_INTENTS, labels.tolist(), np.random.default_rng(_SEED))
    return HeldOutData(tuple(UNSEEN_INTENTS), texts, labels)


for _task in (
    HeldOutTask(
        "held-out packages",
        "text",
        "docstrings of six standard-library packages that pretraining left out, by package",
        _held_out_packages,
    ),
    HeldOutTask(
        "unseen intents", "text", "customer messages of six intents that pretraining left out", _unseen_intents
    ),
):
    held_out_tasks.register(_task.name, _task)
