"""Embedding what comes out of shards."""

import numpy as np
import pytest
import torch

from automl_tl.data.shards.base import Record
from automl_tl.errors import Cancelled, DatasetError, ModelUnavailable
from automl_tl.probe.stream import StreamPasses
from automl_tl.testing.shards import coloured_images

RECORDS = [Record(f"k{number}", *row) for number, row in enumerate(coloured_images(10))]


def passes(loaded, **options):
    return StreamPasses(loaded, device=torch.device("cpu"), precision="float32", **options)


def test_embeddings_are_those_of_the_network(image_model):
    """In order, with the records that they belong to, whatever the batch size."""
    whole = list(passes(image_model).over(RECORDS))
    small = [rows for _, rows in passes(image_model, batch_size=3).over(iter(RECORDS))]
    assert [record for chunk, _ in whole for record in chunk] == RECORDS
    assert [len(rows) for rows in small] == [3, 3, 3, 1]
    assert np.allclose(np.concatenate(small), np.concatenate([rows for _, rows in whole]), atol=1e-5)
    assert not image_model.backbone.training


def test_nothing_is_read_that_nobody_waits_for(image_model):
    """At most two batches beyond the one in use: a stream has no end."""
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield RECORDS[0]

    stream = passes(image_model, batch_size=2).over(endless())
    next(stream)
    assert len(taken) <= 6
    stream.close()


def test_bad_rows_weights_and_cancelling_are_told(image_model):
    """By the row's key."""
    with pytest.raises(DatasetError, match="row bad"):
        list(passes(image_model).over([Record("bad", b"no image", "x")]))
    with pytest.raises(Cancelled):
        list(passes(image_model, cancelled=lambda: True).over(RECORDS))
    with torch.no_grad():
        next(image_model.backbone.parameters()).fill_(float("nan"))
    with pytest.raises(ModelUnavailable, match="the row k0"):
        list(passes(image_model).over(RECORDS))
