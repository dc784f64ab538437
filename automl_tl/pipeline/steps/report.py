"""REPORT: gather what the rooms made into one page for people and one file for programs."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from automl_tl.data.dataset import TargetData
from automl_tl.errors import InvalidInput
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Predictions
from automl_tl.json_codec import to_plain
from automl_tl.names import digest_file, digest_json
from automl_tl.pipeline.choice import model_choice
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.ports import ArtifactFile
from automl_tl.pipeline.spec import Stage
from automl_tl.pipeline.steps.audit import CUT_SHORT
from automl_tl.pipeline.steps.explain import Explained
from automl_tl.pipeline.steps.fit import Fitted
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.search import Searched
from automl_tl.report.confusion import confusion_matrix
from automl_tl.report.content import FinalModel, ModelFacts, ReportContent, Reproducibility, to_json
from automl_tl.report.html import render_html
from automl_tl.report.labels import label_figures
from automl_tl.report.model_card import FILE_NAME as CARD_FILE
from automl_tl.report.model_card import render_card
from automl_tl.report.numbers import number_figures
from automl_tl.report.schema import check_report
from automl_tl.transferability.base import Ranking

__all__ = ["Products", "publish", "run"]

_PACKAGES = (
    "automl-tl",
    "torch",
    "torchvision",
    "timm",
    "transformers",
    "ray",
    "optuna",
    "scikit-learn",
    "shap",
    "fairlearn",
    "numpy",
)


@dataclass(frozen=True)
class Products:
    """What the stages before the report made."""

    ingested: Ingested
    ranking: Ranking
    searched: Searched
    fitted: Fitted
    explained: Explained
    fairness: FairnessReport


def run(job: JobContext, products: Products) -> ReportContent:
    """Gather the content; wall time and date are those of this moment."""
    target, fitted = products.ingested.target, products.fitted
    measured = fitted.measured
    now = datetime.now(UTC)
    return ReportContent(
        job=job.name,
        created=now.isoformat(timespec="seconds"),
        modality=job.dataset.modality,
        task=target.task,
        target=target.target,
        class_names=target.class_names,
        metric=products.ingested.metric.name,
        metric_direction=products.ingested.metric.direction,
        split_sizes={part: len(target.split.part(part)) for part in ("train", "validation", "test")},
        split_source=target.split.source,
        spec=job.spec.model_dump(mode="json"),
        profile=products.ingested.profile.to_json(),
        ranking=products.ranking,
        models={
            card.id: ModelFacts(card.domain, card.licence, card.family, card.description)
            for card in job.candidates
        },
        trials=products.searched.result.trials,
        final=_final(products),
        evaluations=measured.evaluations,
        metric_reason=products.ingested.metric_reason,
        **_by_task(measured.predictions, target),
        explanations=products.explained.explanations,
        unexplained=products.explained.failed,
        overview=products.explained.overview,
        aggregates=products.explained.aggregates,
        fairness=products.fairness,
        include_examples=job.spec.include_examples,
        warnings=_warnings(products),
        notes=job.spec.notes,
        seconds=now.timestamp() - job.started.timestamp(),
        stop_reason=products.searched.result.stop_reason.value,
        reproducibility=_reproducibility(job, fitted),
        decisions=measured.decisions,
        coverage=measured.coverage,
        nested=measured.nested,
        nested_missing=measured.nested_missing,
        choice=model_choice(job, products.ingested, products.ranking, products.searched, fitted),
    )


def publish(job: JobContext, product: ReportContent) -> None:
    """Publish page, file and model card; what does not fit the schema is published with a warning."""
    directory = job.directory(Stage.REPORT)
    page, data, card = (directory / name for name in ("report.html", "report.json", CARD_FILE))
    plain = to_json(product)
    try:
        check_report(plain)
    except InvalidInput as error:
        job.journal.warn(error.message)
    page.write_text(render_html(product), encoding="utf-8")
    data.write_text(json.dumps(plain, indent=1, allow_nan=False), encoding="utf-8")
    card.write_text(render_card(product), encoding="utf-8")
    job.journal.publish(
        Stage.REPORT,
        [
            ArtifactFile("report.html", "report_html", "text/html", page),
            ArtifactFile("report.json", "report_json", "application/json", data),
            ArtifactFile(CARD_FILE, "model_card", "text/markdown", card),
        ],
    )


def _by_task(predictions: Predictions, target: TargetData) -> dict[str, Any]:
    """Return which answers are confused, how far numbers are off, or how well each label is found."""
    if target.task == "regression":
        return {"numbers": number_figures(predictions, target.target)}
    if target.task == "multilabel":
        return {"label_figures": label_figures(predictions, target.class_names)}
    return {"confusion": confusion_matrix(predictions, target.n_classes)}


def _final(products: Products) -> FinalModel:
    fitted = products.fitted
    card, trial = fitted.model.card, fitted.trial
    revisions = {row.model: row.resolved_revision for row in products.ranking.models}
    return FinalModel(
        model=trial.model,
        strategy=trial.strategy,
        trial=trial.id,
        hyperparameters=dict(trial.parameters),
        parameters=card.parameters,
        architecture=card.architecture,
        licence=card.licence,
        revision=revisions.get(trial.model) or card.revision,
        file=fitted.archive.name,
        beside=fitted.model.beside,
    )


def _warnings(products: Products) -> tuple[str, ...]:
    failed = [f"{row.model} took no part: {row.error}" for row in products.ranking.models if row.error]
    skipped = [
        f"The baseline {name!r} was not measured: {reason}."
        for name, reason in products.fitted.measured.skipped.items()
    ]
    # Beside the comparison of groups it would be missed, and without sensitive attributes that is not there.
    late = [f"{note[:1].upper()}{note[1:]}." for note in products.fairness.notes if note.startswith(CUT_SHORT)]
    return (*products.ingested.profile.warnings, *failed, *skipped, *late)


def _reproducibility(job: JobContext, fitted: Fitted) -> Reproducibility:
    return Reproducibility(
        seed=job.spec.seed,
        command=job.command,
        versions={"python": sys.version.split()[0], **{package: version(package) for package in _PACKAGES}},
        digests={
            "dataset": job.dataset.digest,
            "model file": digest_file(fitted.archive),
            "test predictions": digest_json(to_plain(fitted.measured.predictions)),
        },
        platform=platform.platform(terse=True),
    )
