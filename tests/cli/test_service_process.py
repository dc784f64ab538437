"""A service that does not start says why."""

import time

import pytest

from automl_tl.cli.service_process import running_service
from automl_tl.errors import Unavailable


def test_the_end_of_the_log_is_in_the_error(tmp_path):
    started = time.monotonic()
    with pytest.raises(Unavailable, match="No such option '--fly'"), running_service(tmp_path, options=["--fly"]):
        pass
    assert time.monotonic() - started < 30
