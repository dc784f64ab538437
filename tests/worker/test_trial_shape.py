"""What is said about trials goes from one command line to the next unchanged."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from automl_tl.worker.trial_shape import TrialShape


@pytest.mark.parametrize("shape", [TrialShape(), TrialShape(2.0, 0.25, 16), TrialShape(gpus=0.0)])
def test_words_are_read_back(shape):
    """Also that a trial shall have no GPU, which is not the same as nothing said."""
    parser = ArgumentParser()
    TrialShape.add_arguments(parser)
    assert TrialShape.of(parser.parse_args(shape.words())) == shape
