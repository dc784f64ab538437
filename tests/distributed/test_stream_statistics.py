"""Statistics of many rows by Ray Data."""

import os
import signal

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.distributed import stream_statistics as module
from automl_tl.distributed.stream_statistics import stream_statistics
from automl_tl.errors import DeadlineReached, InvalidInput
from automl_tl.pipeline.probing.statistics import probe_statistics
from automl_tl.search.runner import Resources
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel

LABELS = np.arange(60) % 3


def load(card):
    return LoadedModel(tiny_image_model(), "a" * 64)


def die(card):
    os.kill(os.getpid(), signal.SIGKILL)


def test_rows_of_shards_on_other_processes_give_what_one_process_gives(ray_session, tmp_path):
    """Of some of the rows only, though a process dies on the way; a row that cannot be read is an answer; who
    asks to stop is heard."""
    data, accident = tmp_path / "data", tmp_path / "accident"
    data.mkdir()
    write_parquet_shards(data, coloured_images(60), shards=3)
    dataset, card, rows = load_dataset(data), tiny_image_model().card, np.arange(5, 55)
    options = {"resources": Resources(concurrent=1), "part_rows": 20, "load_model": load}

    def die_once(card):
        if accident.exists():
            return load(card)
        accident.touch()
        return die(card)

    found = stream_statistics(ray_session, card, dataset, rows, LABELS, **{**options, "load_model": die_once})
    assert accident.exists()
    here = probe_statistics(card, dataset, rows, LABELS, load_model=load)
    assert found.error == ""
    assert found.statistics.n == 50
    assert np.allclose(found.statistics.scatter, here.scatter, rtol=1e-4, atol=1e-4)

    def interrupted():
        raise DeadlineReached("too late")

    with pytest.raises(DeadlineReached):
        stream_statistics(ray_session, card, dataset, rows, LABELS, interrupted=interrupted, **options)
    with pytest.raises(InvalidInput, match="no rows"):
        stream_statistics(ray_session, card, dataset, rows[:0], LABELS, **options)
    (data / "part-0001.parquet").unlink()
    failed = stream_statistics(ray_session, card, dataset, rows, LABELS, **options)
    assert failed.statistics is None
    assert "part-0001.parquet" in failed.error


def test_a_model_that_kills_its_process_every_time_is_given_up(ray_session, tmp_path):
    """Ray Data starts the process again without end; the second death of the same rows is an answer."""
    write_parquet_shards(tmp_path, coloured_images(12), shards=1)
    dataset, card = load_dataset(tmp_path), tiny_image_model().card
    found = stream_statistics(
        ray_session, card, dataset, np.arange(12), LABELS[:12], resources=Resources(concurrent=1), load_model=die
    )
    assert found.statistics is None
    assert found.error.startswith("its worker process died 2 times")


def test_a_node_that_is_lost_is_no_fault_of_the_rows(monkeypatch):
    """Cheap machines are taken back again and again; but not without end."""
    alive = [{"NodeID": "a", "Alive": True}, {"NodeID": "b", "Alive": True}, {"NodeID": "gone", "Alive": False}]
    monkeypatch.setattr(module.ray, "nodes", lambda: alive)
    attempts = module._Attempts()
    assert [attempts.begin(0, node) for node in ("a", "gone", "gone", "b", "a")] == [True, True, True, True, False]
    assert [attempts.begin(7, "gone") for _ in range(11)] == [True] * 10 + [False]
