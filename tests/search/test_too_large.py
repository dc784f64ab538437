"""What cannot fit is told, not passed over in silence."""

import pytest

from automl_tl.search.avoidance import MemoryLimit
from automl_tl.search.space import Situation
from automl_tl.search.space_reader import parse_space
from automl_tl.search.too_large import warn_of_too_large

CHOICES = "{kind: categorical, choices: [16, 8, 32], default: 16}"
RANGE = "{kind: int, low: 8, high: 32, default: 16}"
SPACE = """
modality: image
strategies:
  full_finetune:
    batch_size: %s
  lora:
    batch_size: {kind: int, low: 12, high: 32, default: 16}
"""
CANDIDATES = {model: Situation("resnet", 1000, 100, 10) for model in ("hf:a", "hf:b")}


def told(space, available):
    """Return what is told where the first model takes 100 MB and 10 more for each example."""
    warnings = []
    limit = MemoryLimit(available * 1e6, {"hf:a": 100e6}, {"hf:a": 10e6})
    warn_of_too_large(parse_space(space), CANDIDATES, limit, warnings.append)
    return warnings


@pytest.mark.parametrize("batch_size", [CHOICES, RANGE])
def test_a_model_of_which_not_the_smallest_batch_fits_is_named(batch_size):
    """Known answer: a batch of 8 takes 180 MB. Of the other model nothing is known."""
    assert told(SPACE % batch_size, 180) == []
    (warning,) = told(SPACE % batch_size, 179)
    assert warning.startswith("hf:a is not fine-tuned: a batch of 8,")
    assert "180 MB of memory and a trial may use 179 MB" in warning


def test_a_space_without_batches_has_the_usual_one():
    space = """
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-1, default: 1e-2}
"""
    assert told(space, 260) == []
    assert len(told(space, 259)) == 1
