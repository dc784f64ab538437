"""The probe of data that nobody keeps."""

from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np
import pytest

from automl_tl.data.shards.base import Record, list_shards, read_shard
from automl_tl.errors import DatasetError, InvalidInput
from automl_tl.pipeline.probing.stream import classes_of, probe_part, probe_stream
from automl_tl.probe.stream import StreamPasses
from automl_tl.testing.shards import coloured_images, write_parquet_shards
from automl_tl.testing.tiny_models import tiny_image_model
from automl_tl.transferability.base import ProbeSample, scorers
from automl_tl.transferability.statistics import score_statistics
from automl_tl.zoo.backbone import LoadedModel


@pytest.fixture(scope="module")
def loaded():
    return LoadedModel(tiny_image_model(), "a" * 64)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    rows = [*coloured_images(60), (coloured_images(1)[0][0], "")]
    return list_shards(write_parquet_shards(tmp_path_factory.mktemp("shards"), rows, shards=4))


def all_records(shards):
    return chain.from_iterable(read_shard(shard) for shard in shards)


def test_the_scores_are_those_of_all_embeddings(loaded, shards):
    """LogME of the statistics is that of the embeddings; the row without a label is passed over."""
    import torch

    classes = classes_of(shards)
    assert classes == ("class 0", "class 1", "class 2")
    found = probe_stream(loaded, partial(all_records, shards), classes, sample_rows=10)
    kept = [record for record in all_records(shards) if record.label]
    passes = StreamPasses(loaded, device=torch.device("cpu"), precision="float32")
    features = np.concatenate([rows for _, rows in passes.over(kept)])
    labels = np.array([classes.index(record.label) for record in kept])
    assert found.rows == found.statistics.n == 60
    whole = scorers.get("logme").score(ProbeSample(features, labels))
    assert score_statistics("logme", found.statistics).value == pytest.approx(whole.value, rel=1e-6)
    assert len(found.sample) == 10
    for row, label in zip(found.sample.features, found.sample.labels, strict=True):
        near = np.abs(features - row).max(axis=1) < 1e-5
        assert label in labels[near]


def test_parts_of_shards_add_up_to_the_whole(loaded, shards):
    """Same sample, same statistics."""
    classes = classes_of(shards)
    whole = probe_stream(loaded, partial(all_records, shards), classes, sample_rows=10)
    parts = [probe_part(loaded, partial(read_shard, shard), classes, sample_rows=10) for shard in shards]
    summed = parts[0] + parts[1] + parts[2] + parts[3]
    assert np.array_equal(summed.sample.priorities, whole.sample.priorities)
    assert summed.rows == whole.rows
    assert np.allclose(summed.statistics.scatter, whole.statistics.scatter, rtol=1e-4, atol=1e-4)


def test_what_cannot_be_probed_is_told(loaded, shards):
    """No labelled row at all, an unknown label, and sums of different models."""
    nothing = [Record("a", coloured_images(1)[0][0], "")]
    assert probe_part(loaded, lambda: nothing, ("x",)) is None
    with pytest.raises(DatasetError, match="no labelled row"):
        probe_stream(loaded, lambda: nothing, ("x",))
    with pytest.raises(DatasetError, match="the label 'class 0' is none of the classes"):
        probe_stream(loaded, partial(all_records, shards), ("x",))
    part = probe_part(loaded, partial(read_shard, shards[0]), classes_of(shards))
    with pytest.raises(InvalidInput, match="do not add up"):
        part + replace(part, model="local:other")
