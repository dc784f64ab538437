"""Probing as Ray tasks under a real local Ray."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ray.exceptions import NodeDiedError, WorkerCrashedError

from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.distributed import probe_runner
from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.errors import Cancelled
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.probing.request import LayerTrial, ProbeRequest
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Deadline
from automl_tl.transferability.statistics import score_statistics
from automl_tl.zoo.card import ImageInput, ModelCard

NEVER = Deadline(None)


def card(name: object) -> ModelCard:
    return ModelCard("local", str(name), "image", "resnet18", "resnet", ImageInput((32, 32)), 10_000)


def loader(folder: Path):
    """Return a function that Ray can send: tiny models by seed, and models that behave badly."""

    def load(card):
        import os
        import time

        from automl_tl.errors import ModelUnavailable
        from automl_tl.testing.tiny_models import tiny_image_model
        from automl_tl.zoo.backbone import LoadedModel

        tries = len(list(folder.glob(f"{card.model}-*")))
        (folder / f"{card.model}-{tries}").touch()
        if card.model == "broken":
            raise ModelUnavailable("its file is gone")
        if card.model == "deadly" or (card.model == "shaky" and tries == 0):
            os._exit(3)
        if card.model == "hangs":
            time.sleep(600)
        backbone = tiny_image_model(seed=7)
        backbone.card = card
        return LoadedModel(backbone, f"{card.model:0>64}", resolved_revision="r1")

    return load


@pytest.fixture
def tries(tmp_path: Path) -> Path:
    """Return a folder with one file for each time a model was loaded: NAME-NUMBER."""
    folder = tmp_path / "tries"
    folder.mkdir()
    return folder


@pytest.fixture
def shapes(make_image_folder, tmp_path):
    return load_dataset(open_path(make_image_folder("shapes", per_class=200), tmp_path))


@pytest.fixture
def runner(ray_session, tries):
    return RayProbeRunner(ray_session, load_model=loader(tries))


def test_candidates_answer_as_in_one_process_and_bad_ones_have_a_reason(runner, shapes, tries, tmp_path):
    """A process that dies is replaced once; the driver keeps the cache, so that shards do not overwrite it."""
    rows = np.arange(24)
    requests = [ProbeRequest(card(name), rows) for name in ("one", "broken", "shaky", "deadly")]
    cache = EmbeddingCache(tmp_path / "cache")
    found = {
        each.model: each for each in runner.run(requests, shapes, cache, deadline=NEVER, cancelled=lambda: False)
    }
    assert len(found) == 4
    assert found["local:broken"].error == "its file is gone"
    assert "worker process died 2 times" in found["local:deadly"].error
    assert {path.name for path in tries.glob("shaky-*")} == {"shaky-0", "shaky-1"}
    here = InlineProbeRunner(loader(tries))
    again = next(iter(here.run(requests[:1], shapes, cache, deadline=NEVER, cancelled=lambda: False))).embeddings
    assert again.seconds == 0.0
    for name in ("local:one", "local:shaky"):
        assert np.allclose(found[name].embeddings.features, again.features, atol=1e-5)
        assert found[name].revision == "r1"


def test_nodes_that_go_away_are_no_fault_of_a_candidate(monkeypatch):
    """Its tasks begin again on others, though not without end; a process that dies counts for itself."""
    node, died = NodeDiedError("taken back"), WorkerCrashedError()
    for errors, begun, reason in (
        ([node] * 5 + [died] + [node] * 4, 10, ""),
        ([node] * 10, 9, "10 nodes went away under it"),
        ([died, node, died], 2, "its worker process died 2 times"),
    ):
        answers, tasks = iter([*errors, None]), []

        def get(reference, answers=answers):
            found = next(answers)
            if found is not None:
                raise found
            return "answer"

        monkeypatch.setattr(probe_runner.ray, "get", get)
        job = probe_runner._Job("local:one", [lambda tasks=tasks: tasks.append("begun") or "reference"])
        while job.take(0, "reference"):
            pass
        assert job.complete
        assert len(tasks) == begun
        assert job.died.startswith(reason)
        assert job.answers() == ([] if reason else ["answer"])


def test_many_rows_of_one_candidate_go_out_in_shards(runner, shapes, tries, tmp_path):
    """Together they are what one process gives, in the cache too."""
    rows, cache = np.arange(0, 600, dtype=np.int64)[::-1], EmbeddingCache(tmp_path / "cache")
    (whole,) = runner.run(
        [ProbeRequest(card("one"), rows)], shapes, cache, deadline=NEVER, cancelled=lambda: False
    )
    assert whole.embeddings.rows.tolist() == list(range(600))
    assert whole.embeddings.seconds > 0
    assert len(list(tries.glob("one-*"))) == 3  # two shards, and the answer to the whole from the cache
    more = np.arange(0, 590)
    (here,) = InlineProbeRunner(loader(tries)).run(
        [ProbeRequest(card("one"), more)], shapes, cache, deadline=NEVER, cancelled=lambda: False
    )
    assert here.embeddings.seconds == 0.0
    assert np.array_equal(here.embeddings.features, whole.embeddings.features[:590])
    (fresh,) = InlineProbeRunner(loader(tries)).run(
        [ProbeRequest(replace(card("one")), more[:9])],
        shapes,
        EmbeddingCache(tmp_path / "empty"),
        deadline=NEVER,
        cancelled=lambda: False,
    )
    assert np.allclose(fresh.embeddings.features, here.embeddings.features[:9], atol=1e-5)


def test_layers_are_chosen_by_all_rows_although_shards_saw_some(runner, shapes, tries, tmp_path):
    """What there is to choose from comes out of the shards' one pass; nothing is computed for the choice."""
    rows, cache = np.arange(600), EmbeddingCache(tmp_path / "cache")
    trial = LayerTrial(rows, np.arange(600) // 200, ("mean", "stages"), forced=False)
    asked = ProbeRequest(card("one"), rows, layer_trial=trial)
    (there,) = runner.run([asked], shapes, cache, deadline=NEVER, cancelled=lambda: False)
    assert there.embeddings.seconds > 0
    (here,) = InlineProbeRunner(loader(tries)).run([asked], shapes, cache, deadline=NEVER, cancelled=lambda: False)
    assert here.embeddings.seconds == 0.0
    assert there.layers == here.layers
    assert np.array_equal(there.embeddings.features, here.embeddings.features)


def test_statistics_of_shards_are_merged(runner, shapes):
    """As in one process; the embeddings stay where they are made."""
    labels = np.arange(600) % 3
    rows, ask = np.arange(90), {"deadline": NEVER, "cancelled": lambda: False}
    (there,) = runner.statistics([card("one")], shapes, rows, labels, shard_rows=40, **ask)
    (here,) = InlineProbeRunner(loader(shapes.root)).statistics([card("one")], shapes, rows, labels, **ask)
    assert there.statistics.n == 90
    assert np.allclose(there.statistics.scatter, here.statistics.scatter, rtol=1e-4, atol=1e-6)
    assert score_statistics("logme", there.statistics).value == pytest.approx(
        score_statistics("logme", here.statistics).value, rel=1e-3
    )


def test_the_deadline_stops_what_is_outstanding(runner, shapes, tmp_path):
    """Who hangs gives no answer, and holds up nobody for long."""
    found = runner.run(
        [ProbeRequest(card(name), np.arange(6)) for name in ("one", "hangs")],
        shapes,
        EmbeddingCache(tmp_path / "cache"),
        deadline=Deadline.after(300.0),
        cancelled=lambda: False,
    )
    answered = next(found)
    assert answered.model == "local:one"
    began = time.monotonic()
    found.close()
    late = runner.run(
        [ProbeRequest(card("hangs"), np.arange(6))],
        shapes,
        EmbeddingCache(tmp_path / "cache"),
        deadline=Deadline.after(0.5),
        cancelled=lambda: False,
    )
    assert list(late) == []
    assert time.monotonic() - began < 60


def test_a_cancelled_job_stops_its_tasks(runner, shapes, tmp_path):
    """And says so."""
    asked = threading.Event()

    def cancelled() -> bool:
        before = asked.is_set()
        asked.set()
        return before

    with pytest.raises(Cancelled):
        list(
            runner.run(
                [ProbeRequest(card("hangs"), np.arange(6))],
                shapes,
                EmbeddingCache(tmp_path / "cache"),
                deadline=NEVER,
                cancelled=cancelled,
            )
        )
