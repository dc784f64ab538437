"""One small Ray for all tests of this room."""

from collections.abc import Iterator

import pytest

from automl_tl.distributed.session import RaySession


@pytest.fixture(scope="package")
def ray_session() -> Iterator[RaySession]:
    """Return a started local Ray with two processors, which believes that it has two GPUs."""
    with RaySession(cpus=2, gpus=2, object_store_bytes=100_000_000) as session:
        yield session
