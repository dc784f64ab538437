"""Errors of a disk that pass are told apart from those that do not."""

import errno
import os

import pytest

from automl_tl.errors import Unavailable
from automl_tl.store.storage_errors import storage_is_unavailable, storage_reason


def fail(number):
    with storage_is_unavailable("the attic"):
        raise OSError(number, os.strerror(number), "/secret/path")


def test_a_full_disk_passes_and_its_paths_stay_here():
    with pytest.raises(Unavailable, match="the attic cannot be used for the moment: no space is left") as caught:
        fail(errno.ENOSPC)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EROFS])
def test_what_does_not_pass_comes_through(number):
    with pytest.raises(OSError, match="secret"):
        fail(number)
    assert storage_reason(OSError(number, "")) == ""


def test_an_error_without_a_number_does_not_pass():
    assert storage_reason(OSError("odd")) == ""
