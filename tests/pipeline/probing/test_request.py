"""Requests and outcomes travel to other processes and back."""

from __future__ import annotations

import pickle

import numpy as np

from automl_tl.pipeline.probing.request import Measuring, ProbeOutcome, ProbeRequest, Questions
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.probe.cost import TrialSize
from automl_tl.zoo.card import ImageInput, ModelCard


def test_they_survive_the_way_as_they_are():
    """Rows, limits and costs included."""
    card = ModelCard("local", "a", "image", "net", "net", ImageInput())
    request = ProbeRequest(
        card, np.arange(3), Questions(np.arange(2)), Measuring(np.arange(2), TrialSize(), ModelFilter())
    )
    there: ProbeRequest = pickle.loads(pickle.dumps(request))
    assert there.card == card
    assert there.rows.tolist() == [0, 1, 2]
    assert there.measuring.limits == ModelFilter()
    outcome = ProbeOutcome("local:a", load_seconds=3.0, error="no", revision="r")
    assert pickle.loads(pickle.dumps(outcome)) == outcome
