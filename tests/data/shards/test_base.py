"""What every format of shards does: a scan meets all rows, and each can be read again by itself."""

import pytest

from automl_tl.data.limits import Limits
from automl_tl.data.modalities.base import modalities
from automl_tl.data.shards.base import shard_formats
from automl_tl.testing.shards import coloured_images, write_parquet_shards, write_webdataset_shards

ROWS = coloured_images(7)


@pytest.mark.parametrize(
    ("name", "write"), [("parquet", write_parquet_shards), ("webdataset", write_webdataset_shards)]
)
def test_every_row_comes_once_and_in_order_and_can_be_read_again(tmp_path, name, write):
    """With its label, a key of its own, and the place from which its block returns it."""
    write(tmp_path, ROWS, shards=1)
    (path,) = tmp_path.iterdir()
    shards = shard_formats.get(name)
    assert path.name.endswith(shards.suffixes)
    choices = [modalities.get(modality) for modality in modalities.names()]
    layout = shards.layout(path, path.name, choices, "", "label")
    (found,) = shards.scan(path, path.name, layout, Limits())
    assert list(zip(found.values, found.cells["label"], strict=True)) == ROWS
    assert len(set(found.keys)) == len(ROWS)
    block = shards.open(path, path.name, layout.inputs, found.block)
    again = [block.value(*place) for place in zip(found.positions, found.lengths, strict=True)]
    block.close()
    assert again == [value for value, _ in ROWS]


def test_no_two_formats_claim_a_file():
    suffixes = [suffix for name in shard_formats for suffix in shard_formats.get(name).suffixes]
    assert len(suffixes) == len(set(suffixes))
