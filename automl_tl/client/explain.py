"""Ask a service to explain one prediction, and read what it streams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from automl_tl.client.asking import updates
from automl_tl.client.backoff import Backoff
from automl_tl.client.connection import Connection
from automl_tl.client.convert_explanations import explanation_from_wire
from automl_tl.errors import InvalidInput
from automl_tl.explain.plain import PlainExplanation
from automl_tl.v1 import explanations_pb2 as wire

__all__ = ["MAX_IMAGE_BYTES", "explain_request", "explanations"]

MAX_IMAGE_BYTES = 3_670_016


def explain_request(
    name: str,
    *,
    row_id: str | None,
    text: str | None,
    image: str | Path | bytes | None,
    method: str,
    max_evaluations: int,
    seconds: float,
    seed: int,
) -> wire.ExplainPredictionRequest:
    """Return the request; raises InvalidInput unless exactly one input is given and it can be sent."""
    given = [field for field, value in (("row_id", row_id), ("text", text), ("image", image)) if value is not None]
    if len(given) != 1:
        raise InvalidInput(
            f"exactly one of row_id, text and image must be given but got {', '.join(given) or 'none'}",
            field="input",
        )
    request = wire.ExplainPredictionRequest(
        name=name,
        method=method,
        max_evaluations=max_evaluations,
        max_wall_time=timedelta(seconds=seconds),
        seed=seed,
    )
    if row_id is not None:
        request.row_id = row_id
    elif text is not None:
        request.text = text
    elif image is not None:
        request.image = _bytes_of(image)
    return request


def explanations(
    open_stream: Callable[[], Iterable[wire.ExplainPredictionResponse]],
    *,
    connection: Connection,
    backoff: Backoff,
    on_progress: Callable[[str], None],
) -> Iterator[PlainExplanation]:
    """Yield what is known so far until the last word; a broken stream is asked again from the beginning.

    Raises Unavailable if the service stays away, or ends its stream without the last word.
    """
    stream = updates(open_stream, connection=connection, backoff=backoff, awaited="the last word")
    for update in stream:
        if update.WhichOneof("update") == "progress":
            on_progress(update.progress.message)
            continue
        found = explanation_from_wire(update.explanation)
        yield found
        if found.final:
            return


def _bytes_of(image: str | Path | bytes) -> bytes:
    if isinstance(image, bytes):
        data, what = image, "image"
    else:
        data, what = Path(image).read_bytes(), f"image {image}"
    if not 0 < len(data) <= MAX_IMAGE_BYTES:
        raise InvalidInput(
            f"{what} has {len(data)} bytes; 1 to {MAX_IMAGE_BYTES} can be sent, so reduce it first", field="image"
        )
    return data
