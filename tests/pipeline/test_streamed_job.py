"""Jobs on data sets that are not held in memory, from INGEST to REPORT."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from automl_tl.data.modalities.image import ImageModality
from automl_tl.pipeline.recipe_file import parse_recipe
from automl_tl.pipeline.remake import remake
from automl_tl.pipeline.run import run_pipeline
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.streaming import Streaming
from automl_tl.search.model_cache import ModelCache
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

IMAGES = 240
SMALL = Streaming(above_rows=100, train_rows=48, validation_rows=24, test_rows=32, profile_rows=40)
EVERYTHING = Streaming(above_rows=100)


class Reader:
    """Counts decoded images: how many there are at a time, and which rows were ever asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alive = self.most = 0
        self.rows: set[int] = set()
        original = ImageModality.read

        def read(modality, dataset, indices):
            found = original(modality, dataset, indices)
            self.rows.update(indices)
            for image in found:
                self.alive += 1
                weakref.finalize(image, self._gone)
            self.most = max(self.most, self.alive)
            return found

        monkeypatch.setattr(ImageModality, "read", read)

    def _gone(self) -> None:
        self.alive -= 1


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Return the counter of decoded images."""
    return Reader(monkeypatch)


@pytest.mark.parametrize("write", [write_parquet_shards, write_webdataset_shards])
def test_a_whole_job_never_holds_all_inputs(make_bench, tmp_path, reader, write):
    """Every stage works on samples and batches; fine-tuning sees rows beyond the samples."""
    write(tmp_path / "data", coloured_images(IMAGES, size=16), shards=6)
    bench = make_bench(tmp_path / "data", stop_after="REPORT" if write is write_parquet_shards else "FIT")
    result = run_pipeline(replace(bench.job(), streaming=SMALL))
    assert result.fitted is not None
    test = result.fitted.measured.predictions
    assert len(test.rows) == SMALL.test_rows
    assert test.probabilities.argmax(axis=1).tolist() == test.labels.tolist()
    # A batch of 32 is trained on while the next is read, and of the test rows 64 at most are looked at together.
    assert reader.most <= 2 * 64 < IMAGES
    assert len(reader.rows) > SMALL.train_rows + SMALL.validation_rows + SMALL.test_rows
    recipe = parse_recipe((result.fitted.archive.parent / "recipe.yaml").read_text(encoding="utf-8"))
    cards = {card.id: card for card in bench.job().candidates}
    assert remake(recipe, bench.job().dataset, cards, load_model=ModelCache()).same_answers is True


def test_streamed_in_full_it_is_the_same_job(make_bench, tmp_path):
    """With samples that hold everything, ranking, model and answers are those of the job in memory."""
    write_webdataset_shards(tmp_path / "data", coloured_images(IMAGES, size=16), shards=3)
    bench = make_bench(tmp_path / "data", stop_after="FIT")
    memory, streamed = (
        run_pipeline(replace(bench.job(work), streaming=how))
        for work, how in (("memory", Streaming()), ("stream", EVERYTHING))
    )
    assert [row.model for row in memory.ranking.models] == [row.model for row in streamed.ranking.models]
    ours, theirs = streamed.fitted.measured.predictions, memory.fitted.measured.predictions
    assert np.array_equal(ours.rows, theirs.rows)
    assert np.allclose(ours.probabilities, theirs.probabilities, atol=1e-5)


def test_the_ranking_says_which_rows_a_score_is_of(make_bench, tmp_path):
    """LogME is of all training rows, k-NN of the sample; on a resumed job both are what they were."""
    write_parquet_shards(tmp_path / "data", coloured_images(IMAGES, size=16), shards=4)
    bench = make_bench(tmp_path / "data", stop_after="RANK")
    ranking = run_pipeline(replace(bench.job(), streaming=SMALL)).ranking
    train = IMAGES * 64 // 100
    for row in ranking.usable():
        assert row.notes["logme"] == f"of all {train + 1} training rows"
        assert row.notes["knn"] == f"of a sample of 48 of {train + 1} training rows"
    # The setting of the worker that takes it up does not matter, and what was found is not computed anew.
    again = run_pipeline(replace(bench.job(), streaming=Streaming())).ranking
    assert [(row.model, row.scores) for row in again.models] == [(row.model, row.scores) for row in ranking.models]


def test_the_profile_counts_every_row(make_bench, tmp_path):
    """And warns that the rest was looked for in some of them."""
    write_parquet_shards(tmp_path / "data", coloured_images(IMAGES, size=16), shards=4)
    bench = make_bench(tmp_path / "data", stop_after="INGEST")
    run_pipeline(replace(bench.job(), streaming=SMALL))
    events = bench.ledger.events.read("default", "job-1").events
    assert any("the data set is streamed" in str(event.payload) for event in events)
    assert (bench.directory.work / "work" / Stage.INGEST.lower() / "sample.bin").is_file()


def test_texts_are_streamed_too(make_bench, tmp_path):
    """From several Parquet files, with every class in every part."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    words = {"music": ("melody", "guitar"), "sports": ("goal", "referee")}
    for number in range(4):
        labels = rng.choice(list(words), 40).tolist()
        texts = [f"the {rng.choice(words[label])} of day {rng.integers(1000)}" for label in labels]
        parquet.write_table(pyarrow.table({"text": texts, "label": labels}), folder / f"part-{number}.parquet")
    bench = make_bench(folder, stop_after="FIT")
    result = run_pipeline(replace(bench.job(), streaming=SMALL))
    assert len(result.fitted.measured.predictions.rows) == SMALL.test_rows


def test_numbers_are_streamed_too(make_bench, tmp_path):
    """Regression: no class, no statistics, samples in proportion to ranges."""
    rows = coloured_images(IMAGES, size=16)
    table = pyarrow.table(
        {"image": [value for value, _ in rows], "label": [float(label[-1]) for _, label in rows]}
    )
    (tmp_path / "data").mkdir()
    parquet.write_table(table, tmp_path / "data" / "all.parquet", row_group_size=50)
    bench = make_bench(tmp_path / "data", stop_after="FIT", task="regression")
    result = run_pipeline(replace(bench.job(), streaming=SMALL))
    assert len(result.fitted.measured.predictions.rows) == SMALL.test_rows
