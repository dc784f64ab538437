"""Shards probed by Ray Data."""

from itertools import chain

import numpy as np
import pytest

from automl_tl.data.shards.base import list_shards, read_shard
from automl_tl.distributed.stream_probe import stream_probe
from automl_tl.errors import DatasetError, InvalidInput
from automl_tl.pipeline.probing.stream import probe_stream
from automl_tl.search.runner import Resources
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.zoo.backbone import LoadedModel

CLASSES = ("class 0", "class 1", "class 2")


def load(card):
    return LoadedModel(tiny_image_model(), "a" * 64)


def test_shards_on_other_processes_give_what_one_process_gives(ray_session, tmp_path):
    """Statistics and sample are the same; a row that cannot be read is told by its key; no shards are an error."""
    shards = list_shards(write_parquet_shards(tmp_path / "good", coloured_images(40), shards=3))
    card = tiny_image_model().card
    options = {"resources": Resources(concurrent=1), "sample_rows": 8, "load_model": load}
    found = stream_probe(ray_session, card, shards, CLASSES, **options)
    here = probe_stream(load(card), lambda: chain.from_iterable(map(read_shard, shards)), CLASSES, sample_rows=8)
    assert found.rows == here.rows == 40
    assert np.array_equal(found.sample.priorities, here.sample.priorities)
    assert np.allclose(found.statistics.scatter, here.statistics.scatter, rtol=1e-4, atol=1e-4)
    bad = list_shards(write_parquet_shards(tmp_path / "bad", [(b"no image", "class 0")], shards=1))
    with pytest.raises(DatasetError, match=r"row part-0000\.parquet:1"):
        stream_probe(ray_session, card, bad, CLASSES, **options)
    with pytest.raises(InvalidInput, match="no shards"):
        stream_probe(ray_session, card, [], CLASSES, **options)
