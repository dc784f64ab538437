"""Two servers never share a data directory."""

import pytest

from automl_tl.errors import FailedPrecondition
from automl_tl.server.lock import DirectoryLock


def test_the_second_is_refused_until_the_first_lets_go(tmp_path):
    first = DirectoryLock(tmp_path / "lock")
    with pytest.raises(FailedPrecondition, match="another server uses"):
        DirectoryLock(tmp_path / "lock")
    first.release()
    DirectoryLock(tmp_path / "lock").release()
