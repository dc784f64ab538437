"""Answer one question about a finished job: open its model, find the input, explain, and tell what is known."""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
import time
import traceback
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from automl_tl import names
from automl_tl.data.dataset import Dataset, Example
from automl_tl.data.modalities.base import modalities
from automl_tl.data.modalities.pixels import UnreadableImage, read_image
from automl_tl.data.tasks.base import target_tasks
from automl_tl.data.tasks.sets import read_sets
from automl_tl.errors import AutomlError, DeadlineReached, InvalidInput, LeaseLost, NotFound
from automl_tl.explain.base import Explanation
from automl_tl.explain.cases import Case
from automl_tl.explain.explainer import explain_one
from automl_tl.explain.plain import plain_explanation
from automl_tl.explain.preview import preview_predictions
from automl_tl.fairness.base import SCHEMA as BIAS_SCHEMA
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.json_codec import to_plain
from automl_tl.pipeline.events import MODEL_KIND
from automl_tl.store.blobs import BlobStore
from automl_tl.store.inquiries import Inquiry
from automl_tl.store.layout import DataDirectory
from automl_tl.store.ledger import Ledger
from automl_tl.store.pages import PageRequest
from automl_tl.store.records import JobError
from automl_tl.worker.auditing import audit_job
from automl_tl.worker.dataset_files import open_dataset
from automl_tl.worker.heartbeat import Heart

__all__ = ["Explaining"]

_LOG = logging.getLogger(__name__)
_TELL_EVERY = 0.5
_KEPT_MODELS = 2
_MOST_ARTIFACTS = 1000


class Explaining:
    """Answers inquiries; keeps the models that were asked about last."""

    def __init__(self, ledger: Ledger, blobs: BlobStore, directory: DataDirectory) -> None:
        self._ledger = ledger
        self._blobs = blobs
        self._directory = directory
        self._models: OrderedDict[str, FittedModel] = OrderedDict()

    def answer(self, inquiry: Inquiry) -> bool:
        """Explain, or say why that is not possible; returns False if nobody waited for it any more."""
        try:
            try:
                # Keeps the lease from the first fetched byte to the last check, and is silent before the answer.
                with Heart(
                    lambda: self._ledger.inquiries.heartbeat(inquiry),
                    name=inquiry.job_name,
                    seconds=inquiry.seconds,
                ) as heart:
                    answer = self._answer(inquiry, heart)
            except LeaseLost:
                raise
            except Exception as error:
                if not isinstance(error, AutomlError):
                    _LOG.error("explaining failed:\n%s", "".join(traceback.format_exception(error)))
                self._ledger.inquiries.fail(inquiry, _reason(error))
                return True
            self._ledger.inquiries.tell(inquiry, answer, final=True)
        except LeaseLost as error:
            _LOG.info("%s", error.message)
            return False
        return True

    def _answer(self, inquiry: Inquiry, heart: Heart) -> dict[str, Any]:
        answer: dict[str, Any]
        if inquiry.question.sensitive:
            names_of_classes = self._model(inquiry).class_names
            dataset = self._dataset(inquiry)
            report = audit_job(
                inquiry,
                dataset,
                names_of_classes,
                ledger=self._ledger,
                blobs=self._blobs,
                directory=self._directory,
            )
            answer = {"schema": BIAS_SCHEMA, **to_plain(report)}
        else:
            answer = to_plain(plain_explanation(self._explained(inquiry, heart)))
        return answer

    def _explained(self, inquiry: Inquiry, heart: Heart) -> Explanation:
        question = inquiry.question
        model = self._model(inquiry)
        case = self._case(inquiry, model)
        tell = _Teller(self._ledger, inquiry)
        tell.nothing_new()
        end = time.monotonic() + question.seconds

        def remaining() -> float:
            # Who has lost the lease has no time left: another worker answers, or nobody waits.
            return 0.0 if heart.lost else end - time.monotonic()

        if question.method == "shapley":
            return explain_one(
                model,
                case,
                max_evals=question.max_evals,
                seconds=question.seconds,
                remaining=remaining,
                seed=question.seed,
                compare=False,
                hear=tell,
            )
        found = preview_predictions(
            model,
            [case],
            method=question.method,
            max_evals=question.max_evals,
            remaining=remaining,
            seed=question.seed,
            check=True,
            features="grid",
            progress=lambda fraction, message: None,
        )
        if not found:
            raise DeadlineReached(f"{question.seconds:g} s were too few; allow more", field="max_wall_time")
        return found[0]

    def _case(self, inquiry: Inquiry, model: FittedModel) -> Case:
        question = inquiry.question
        if question.row_id:
            return self._row(inquiry, model)
        example: Example
        if inquiry.picture is not None:
            _require_modality(model, "image", "image")
            try:
                example = read_image(io.BytesIO(inquiry.picture))
            except UnreadableImage as error:
                raise InvalidInput(f"image: {error}", field="image") from None
        else:
            _require_modality(model, "text", "text")
            example = question.text or ""
        return Case(0, "", example, "")

    def _row(self, inquiry: Inquiry, model: FittedModel) -> Case:
        dataset = self._dataset(inquiry)
        wanted = inquiry.question.row_id
        if wanted not in dataset.row_ids:
            shown = f"{dataset.row_ids[0]!r}" if dataset.row_ids else "none"
            raise NotFound(
                f"the job's data set has no row {wanted!r:.80}; rows are named as in the report, such as {shown}",
                field="row_id",
            )
        row = dataset.row_ids.index(wanted)
        (example,) = modalities.get(dataset.modality).read(dataset, [row])
        return Case(row, wanted, example, _truth(dataset, inquiry.spec.target, model, row))

    def _dataset(self, inquiry: Inquiry) -> Dataset:
        project, digest = names.parse_dataset(inquiry.spec.dataset)
        return open_dataset(self._ledger.datasets.get(project, digest), self._blobs, self._directory)

    def _model(self, inquiry: Inquiry) -> FittedModel:
        page = PageRequest(_MOST_ARTIFACTS, "")
        found = self._ledger.artifacts.list(inquiry.project, inquiry.job, page).items
        digest = next((each.sha256 for each in found if each.kind == MODEL_KIND), "")
        if not digest:
            raise NotFound(f"{inquiry.job_name} has delivered no model", field="name")
        if digest not in self._models:
            self._models[digest] = self._opened(digest)
            while len(self._models) > _KEPT_MODELS:
                self._models.popitem(last=False)
        self._models.move_to_end(digest)
        return self._models[digest]

    def _opened(self, digest: str) -> FittedModel:
        place = Path(tempfile.mkdtemp(dir=self._directory.work, prefix=".explaining-"))
        try:
            return load(self._blobs.copy(digest, place / "model.zip"))
        finally:
            shutil.rmtree(place, ignore_errors=True)


class _Teller:
    """Tells now and then what is known so far."""

    def __init__(self, ledger: Ledger, inquiry: Inquiry, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger, self._inquiry, self._clock = ledger, inquiry, clock
        self._told = -_TELL_EVERY

    def nothing_new(self) -> None:
        self._ledger.inquiries.tell(self._inquiry)

    def __call__(self, so_far: Explanation) -> None:
        now = self._clock()
        if now - self._told >= _TELL_EVERY:
            self._told = now
            answer: dict[str, Any] = to_plain(plain_explanation(so_far, final=False))
            self._ledger.inquiries.tell(self._inquiry, answer)


def _truth(dataset: Dataset, target: str, model: FittedModel, row: int) -> str:
    """Return what is true of a row in the words of the model's answer, "" where nothing is known."""
    cells = dataset.columns.get(target, ())
    if not cells or model.task != "multilabel":
        return cells[row] if cells else ""
    labels = read_sets(cells, target, dataset.row_ids)[row]
    if labels is None:
        return ""
    return target_tasks.get(model.task).describe([name in labels for name in model.class_names], model.class_names)


def _require_modality(model: FittedModel, modality: str, field: str) -> None:
    if model.modality != modality:
        raise InvalidInput(f"the job's model reads {model.modality}s, so {field} cannot be explained", field=field)


def _reason(error: Exception) -> JobError:
    if isinstance(error, AutomlError):
        return JobError.of(error)
    return JobError(
        "INTERNAL", f"explaining failed with an unexpected {type(error).__name__}; see the worker's log"
    )
