"""What is said about trials goes from one command line to the next unchanged."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.pipeline.spec import ComputeSpec
from automl_tl.worker.trial_shape import TrialShape


@pytest.mark.parametrize(
    "shape",
    [
        TrialShape(),
        TrialShape(2.0, 0.25, 16),
        TrialShape(gpus=0.0),
        TrialShape(gpus=2.0, accelerator="H200", driver_gpus=0.5),
    ],
)
def test_words_are_read_back(shape):
    """Also that a trial shall have no GPU, which is not the same as nothing said."""
    parser = ArgumentParser()
    TrialShape.add_arguments(parser)
    assert TrialShape.of(parser.parse_args(shape.words())) == shape


def test_what_a_job_says_goes_before_what_the_operator_says():
    """And what it leaves open stays as it was."""
    shape = TrialShape(2.0, 0.5, 8, "T4", 1.0)
    assert shape.asked(ComputeSpec()) == shape
    assert shape.asked(ComputeSpec(accelerator="H200", gpus_per_trial=4)) == TrialShape(2.0, 4.0, 8, "H200", 1.0)
    assert TrialShape().asked(ComputeSpec()) == TrialShape()


@pytest.mark.parametrize("wrong", [{"gpus": 1.5}, {"accelerator": "no type"}, {"driver_gpus": 2.5}])
def test_what_ray_cannot_give_is_refused(wrong):
    """Several GPUs come whole."""
    with pytest.raises(InvalidInput, match=r"--(trial|driver)-"):
        TrialShape(**wrong)
