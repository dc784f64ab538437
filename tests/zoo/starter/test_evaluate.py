"""The promises of the starter zoo, on a small part of the data that docs/starter_zoo.md reports in full."""

import re
from functools import cache

import numpy as np
import pytest

from automl_tl.zoo.starter import evaluate
from automl_tl.zoo.starter.cards import starter_cards, starter_directory
from automl_tl.zoo.starter.fingerprint import embed_examples
from automl_tl.zoo.starter.held_out.base import HeldOutData, HeldOutTask, held_out_tasks
from automl_tl.zoo.starter.loading import load_directory
from automl_tl.zoo.starter.measure import fine_tuned_accuracy, probe_accuracy

IMAGE = [card.model for card in starter_cards() if card.modality == "image"]
RELATED = {
    "glyphs-resnet": "digits",
    "glyphs-convnext": "digits",
    "textures-regnet": "unseen textures",
    "shapes-densenet": "unseen cells",
    "cells-efficientnet": "unseen cells",
    "scenes-vit": "photographs",
    "documentation-bert": "held-out packages",
    "messages-distilbert": "unseen intents",
    "documentation-electra": "held-out packages",
}


@cache
def _data(task):
    """Six hundred rows of a task, drawn once."""
    data = held_out_tasks.get(task).load()
    rows = np.random.default_rng(0).permutation(len(data.labels))[:600]
    return HeldOutData(data.class_names, [data.examples[row] for row in rows], data.labels[rows])


@cache
def _probe(model, task, pretrained=True):
    backbone = load_directory(starter_directory(model)).backbone
    if not pretrained:
        backbone.reinitialise(0)
    embeddings, _ = embed_examples(backbone, _data(task).examples)
    return probe_accuracy(embeddings, _data(task).labels, train=200, repeats=2)


def test_the_choice_matters_on_digits():
    """The best starter model leads the worst by ten points at least, and by nature a glyph model leads."""
    scores = {model: _probe(model, "digits") for model in IMAGE}
    best = max(scores, key=scores.__getitem__)
    assert scores[best] > min(scores.values()) + 0.1
    assert scores[best] > 0.93
    assert best.startswith("glyphs")


def test_another_model_wins_elsewhere():
    """No model is best for everything."""
    scores = {model: _probe(model, "unseen textures") for model in IMAGE}
    assert not max(scores, key=scores.__getitem__).startswith("glyphs")


@pytest.mark.parametrize("model", list(RELATED))
def test_every_model_beats_its_own_random_weights(model):
    """On a task that is related to its domain: what it learnt is worth something."""
    assert _probe(model, RELATED[model]) > _probe(model, RELATED[model], pretrained=False) + 0.02


def test_fine_tuning_on_200_digits():
    """A hundred updates of a glyph model on 200 digits reach 96 % and beat training from scratch."""
    scores = []
    for pretrained in (True, False):
        backbone = load_directory(starter_directory("glyphs-resnet")).backbone
        if not pretrained:
            backbone.reinitialise(0)
        scores.append(fine_tuned_accuracy(backbone, _data("digits"), train=200, updates=100))
    assert scores[0] > 0.96
    assert scores[0] > scores[1]


def test_a_table_has_a_row_for_every_model_and_its_random_twin(monkeypatch):
    """And one for what needs no model; each cell is measured at both sizes."""
    texts = [f"word{n % 2} and {n}" for n in range(60)]
    tiny = HeldOutTask("tiny", "text", "even or odd", lambda: HeldOutData(("a", "b"), texts, np.arange(60) % 2))
    monkeypatch.setattr(evaluate, "_TRAIN", (20, 30))
    monkeypatch.setattr(evaluate, "held_out_tasks", {"tiny": tiny})
    lines = evaluate.probe_table("text").splitlines()
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]]
    text = [card.model for card in starter_cards() if card.modality == "text"]
    assert lines[0] == "| model | tiny |"
    assert names == [*(row for model in text for row in (model, f"{model}, random weights")), "no model: TF-IDF"]
    assert all(re.fullmatch(r".*\d+\.\d / \d+\.\d \|", line) for line in lines[2:])
    assert lines[-1].endswith("100.0 / 100.0 |")


def test_the_picture_has_a_row_per_domain():
    """Cells, glyphs, scenes, shapes, textures."""
    assert evaluate.domain_picture(columns=3).shape == (5 * 32, 3 * 32, 3)
