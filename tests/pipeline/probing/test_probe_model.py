"""One candidate in this process: its failures are its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from automl_tl.errors import Cancelled, DeadlineReached
from automl_tl.pipeline.probing.probe_model import failure_of, probe_model
from automl_tl.pipeline.probing.request import LayerTrial, Measuring, ProbeRequest, Questions
from automl_tl.pipeline.spec import ModelFilter
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.cost import TrialSize
from automl_tl.zoo.fingerprints import make_fingerprint

ROWS = np.arange(8)


def test_embeddings_come_with_all_that_is_known_of_the_model(shapes, source, tmp_path):
    """Revision, cost and what the model itself tells, where they are asked for."""
    request = ProbeRequest(
        source.card(1),
        ROWS,
        questions=Questions(ROWS),
        measuring=Measuring(ROWS, TrialSize(), ModelFilter(), seconds=0.0),
    )
    outcome = probe_model(request, shapes, cache=EmbeddingCache(tmp_path / "c"), load_model=source)
    assert outcome.embeddings.features.shape == (8, 16)
    assert outcome.revision == "r1"
    assert outcome.cost.parameters > 0
    assert outcome.familiarity.batch_norm is not None
    assert (outcome.error, outcome.remark) == ("", "")


def test_a_model_that_breaks_a_limit_is_not_embedded_with(shapes, source):
    """Its cost is known all the same."""
    limits = ModelFilter(max_parameters=10)
    request = ProbeRequest(source.card(1), ROWS, measuring=Measuring(ROWS, TrialSize(), limits, seconds=0.0))
    outcome = probe_model(request, shapes, cache=None, load_model=source)
    assert "max_parameters = 10" in outcome.error
    assert outcome.embeddings is None
    assert outcome.cost.parameters > 10


@pytest.mark.parametrize(("name", "words"), [("broken", "its file is gone"), ("odd", "unexpected KeyError")])
def test_what_goes_wrong_is_the_outcomes_error(shapes, source, name, words, caplog):
    """Words of ours as they are; of a foreign error only its kind, the rest goes into the log."""
    outcome = probe_model(ProbeRequest(source.card(name), ROWS), shapes, cache=None, load_model=source)
    assert words in outcome.error
    assert "secret path" not in outcome.error
    assert ("secret path" in caplog.text) == (name == "odd")


@pytest.mark.parametrize("error", [Cancelled("stop"), DeadlineReached("late")])
def test_an_interruption_is_no_failure_of_the_model(shapes, source, error):
    """It ends the work."""

    def interrupted() -> bool:
        raise error

    with pytest.raises(type(error)):
        probe_model(
            ProbeRequest(source.card(1), ROWS), shapes, cache=None, load_model=source, interrupted=interrupted
        )


def test_too_little_memory_has_a_sentence():
    """It is the usual reason."""
    assert "memory" in failure_of(MemoryError())


def test_layers_that_are_asked_for_by_name_are_taken_and_the_own_ones_stay_for_the_fingerprint(shapes, source):
    """One pass gives both; what the fingerprint was made of is what is compared with it."""

    def with_fingerprint(card):
        return replace(source(card), fingerprint=make_fingerprint(np.eye(16, dtype=np.float32)))

    trial = LayerTrial(np.zeros(0, np.int64), np.zeros(0, np.int64), ("stages",), forced=True)
    request = ProbeRequest(source.card(1), ROWS, layer_trial=trial)
    outcome = probe_model(request, shapes, cache=None, load_model=with_fingerprint)
    plain = probe_model(ProbeRequest(source.card(1), ROWS), shapes, cache=None, load_model=source)
    assert outcome.layers == "stages"
    assert outcome.embeddings.features.shape[1] > 16
    assert np.array_equal(outcome.own.features, plain.embeddings.features)
    assert outcome.fingerprint is not None


def test_layers_are_chosen_by_the_labels_of_the_trial(shapes, source, monkeypatch):
    """By these rows and no others; what the network does not offer is passed over."""
    seen = {}

    def choose(samples):
        seen.update(samples)
        return "stages"

    monkeypatch.setattr("automl_tl.pipeline.probing.probe_model.choose_layers", choose)
    rows, labels = ROWS[:6], np.arange(6) % 2
    request = ProbeRequest(source.card(1), ROWS, layer_trial=LayerTrial(rows, labels, ("mean", "stages")))
    outcome = probe_model(request, shapes, cache=None, load_model=source)
    assert list(seen) == ["last", "stages"]
    assert all(len(sample.features) == 6 and np.array_equal(sample.labels, labels) for sample in seen.values())
    assert (outcome.layers, len(outcome.embeddings.rows), outcome.own) == ("stages", 8, None)


def test_without_a_trial_the_card_decides(shapes, source):
    outcome = probe_model(ProbeRequest(source.card(1), ROWS), shapes, cache=None, load_model=source)
    assert (outcome.layers, outcome.own) == ("last", None)
