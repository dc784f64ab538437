"""The object store for tests is a process of its own that any S3 client can talk to."""

from __future__ import annotations

import fsspec
import pytest

from automl_tl.testing.object_store import running_object_store


def test_it_keeps_objects_as_long_as_it_runs(monkeypatch):
    """In a bucket that is there from the beginning; found by the usual variables."""
    with running_object_store() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        files = fsspec.filesystem("s3", skip_instance_cache=True)
        files.pipe_file(f"{server.bucket_url}/a/b", b"abc")
        assert files.cat_file(f"{server.bucket_url}/a/b") == b"abc"
        assert server.environment(1234)["AWS_ENDPOINT_URL"].endswith(":1234")
    files.retries = 1
    with pytest.raises(Exception, match=r"(?i)connect"):
        fsspec.filesystem("s3", skip_instance_cache=True, config_kwargs={"retries": {"max_attempts": 0}}).cat_file(
            f"{server.bucket_url}/a/b"
        )
