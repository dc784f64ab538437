"""What a reader should know about one input."""

import numpy as np
import torch

from automl_tl.explain.maskers.grid_blur import GridBlur
from automl_tl.explain.maskers.word_id import WordId
from automl_tl.explain.notes import notes_on


def test_texts(text_model):
    """Empty, one word, cut off, grouped."""
    model = text_model(max_words=3)

    def told(text, spans=None):
        return notes_on(text, WordId(model.backbone, text, spans), model)

    assert told("good bad") == ()
    assert "no word" in told("")[0]
    assert "one part" in told("good")[0]
    assert told("good bad good bad bad") == (
        "the model reads the first 3 words only; what follows (about 2 words) has no influence",
    )
    assert "its 3 words were grouped into 2 parts" in told("good bad good", [(0, 8), (9, 13)])[0]


def test_pictures(image_model):
    """What the crop cuts off, and a picture of one pixel."""
    model = image_model()
    square = GridBlur(torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0)))
    assert notes_on(np.zeros((40, 41, 3), dtype=np.uint8), square, model) == ()
    assert "(300 x 40 pixels)" in notes_on(np.zeros((40, 300, 3), dtype=np.uint8), square, model)[0]
    plain = notes_on(np.zeros((1, 1, 3)), GridBlur(torch.zeros(3, 1, 1)), model)
    assert "one colour" in plain[0]
    assert "one part" in plain[1]


def test_an_ensemble_is_named(text_model):
    """Its members' number."""
    model = text_model()
    model.members = (text_model(), text_model())
    assert "ensemble of 3" in notes_on("good bad", WordId(model.backbone, "good bad"), model)[0]
