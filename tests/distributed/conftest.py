"""One small Ray for all tests of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_tl.distributed.session import RaySession

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test of this room pass that uses what the next Ray will not have."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.filterwarnings("error::ray.util.annotations.RayDeprecationWarning"))


@pytest.fixture(scope="package")
def ray_session() -> Iterator[RaySession]:
    """Return a started local Ray with two processors, which believes that it has two GPUs."""
    with RaySession(cpus=2, gpus=2, object_store_bytes=100_000_000) as session:
        yield session
