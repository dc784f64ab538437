"""A blob's name is the digest of its bytes, and nothing else is a name."""

import pytest

from automl_tl.errors import InvalidInput
from automl_tl.store.blobs import blob_key

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_blob_lies_two_levels_deep():
    assert blob_key(ABC) == f"ba/78/{ABC}"


@pytest.mark.parametrize("bad", ["", "..", "../../etc/passwd", ABC.upper(), ABC[:-1], ABC + "\n"])
def test_a_name_that_is_no_digest_never_becomes_a_place(bad):
    with pytest.raises(InvalidInput, match="64 hex digits"):
        blob_key(bad)
