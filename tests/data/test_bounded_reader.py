"""A stream with bounds."""

import io

import pytest

from automl_tl.data.bounded_reader import BoundedReader
from automl_tl.errors import LimitExceeded


def test_reads_and_seeks_inside_the_bounds():
    """Inside the bounds the stream behaves like the one below."""
    reader = BoundedReader(io.BytesIO(b"0123456789"), 10, max_read=4)
    assert reader.seekable()
    assert reader.read(4) == b"0123"
    assert reader.seek(8) == 8
    assert reader.read(2) == b"89"
    assert reader.tell() == 10


@pytest.mark.parametrize("size", [-1, 5])
def test_a_read_that_is_too_large_is_refused_before_it_happens(size):
    """The size of a read comes from the archive, so it is checked first."""
    stream = io.BytesIO(b"0123456789")
    with pytest.raises(LimitExceeded, match="at most 4"):
        BoundedReader(stream, 10, max_read=4).read(size)
    assert stream.tell() == 0


def test_positions_beyond_the_bound_are_refused():
    """Seeking forward in a gzip stream unpacks, so it is bounded as well."""
    reader = BoundedReader(io.BytesIO(b"0" * 100), 10, max_read=4)
    with pytest.raises(LimitExceeded, match="more than 10 bytes"):
        reader.seek(50)
    with pytest.raises(ValueError, match="absolute"):
        reader.seek(0, 2)
