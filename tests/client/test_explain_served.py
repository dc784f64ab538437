"""A real service with a real worker explains predictions of a finished job, over a real socket."""

import io

import numpy as np
import pytest
from PIL import Image

from automl_tl.cli.service_process import running_service
from automl_tl.client import Client
from automl_tl.errors import FailedPrecondition, InvalidInput, NotFound
from automl_tl.testing.finished_job import finished_job


def picture(seed=0):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def client(tmp_path, image_folder):
    """A client of a service with one worker and two finished jobs: one shows its rows, the other does not."""
    finished_job(tmp_path / "data", image_folder, job="open", include_examples=True)
    finished_job(tmp_path / "data", image_folder, job="closed")
    with (
        running_service(tmp_path / "data", workers=1, options=("--data-root", str(image_folder))) as address,
        Client(address, timeout=30.0, patience=60.0) as opened,
    ):
        yield opened


def test_pictures_and_rows_are_explained(client, image_folder):
    """The same question has the same answer; what cannot be explained is refused in words."""
    heard = []
    *_, first = client.explain("open", image=picture(), max_evaluations=200, on_progress=heard.append)
    assert heard[0] == "waiting for a worker"
    assert first.final
    assert first.quality.verdict in ("faithful", "weak", "failed")
    total = first.base_values[0] + sum(part.values[0] for part in first.contributions)
    assert total == pytest.approx(first.model_outputs[0], abs=1e-3)
    *_, again = client.explain("open", image=picture(), max_evaluations=200)
    assert [part.values for part in again.contributions] == [part.values for part in first.contributions]

    row = next(path for path in sorted(image_folder.rglob("*.png")))
    name = str(row.relative_to(image_folder))
    *_, shown = client.explain("open", row_id=name, method="lime")
    assert (shown.row_id, shown.true_class) == (name, row.parent.name)
    with pytest.raises(NotFound, match="no row"):
        list(client.explain("open", row_id="nothing"))
    with pytest.raises(FailedPrecondition, match="include_examples"):
        list(client.explain("closed", row_id=name))
    with pytest.raises(InvalidInput, match="reads images"):
        list(client.explain("closed", text="good"))
    with pytest.raises(InvalidInput, match="not an image"):
        list(client.explain("open", image=b"nonsense"))
