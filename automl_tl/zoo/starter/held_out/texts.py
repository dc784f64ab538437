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
        "my [suitcase|bag|backpack] did not [come out|arrive] at the airport in {city}",
        "[where is|who has] my [luggage|suitcase]? it was left on the [train|coach] {ago}",
    ),
    "table reservation": (
        "a table for [two|four|six] [on Friday|tomorrow evening|at eight], [outside|by the window] please",
        "can I [move|change] my [dinner|lunch] booking [to Sunday|by an hour]? we are [five|three] now",
    ),
    "meter reading": (
        "the [electricity|gas|water] meter reads {amount}, [where do I enter it|please note it]",
        "you [estimated|guessed] my [gas|water] use, the real reading {ago} was lower",
    ),
    "job application": (
        "are you [hiring|looking for] [drivers|students|staff] in {city}? I can start [next week|in May]",
        "I [applied|sent my papers] {ago}, is the [post|job] as [cashier|technician] still open?",
    ),
    "insurance claim": (
        "my [car|bicycle|roof] was [damaged|stolen] {ago}, how do I [report|claim] it?",
        "the storm [broke|flooded] my [window|cellar], does my [policy|insurance] pay {amount}?",
    ),
    "gift wrapping": (
        "can you [wrap|pack] the {thing} as a [gift|birthday present] with a card?",
        "please [leave out|hide] the [price|invoice], the {thing} is a [present|surprise] for my [son|wife]",
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
