"""ReportContent: everything a report shows, gathered by the pipeline; as JSON it is the report for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automl_tl.choice.base import ModelChoice
from automl_tl.errors import InvalidInput
from automl_tl.explain.base import Explanation, Unexplained
from automl_tl.explain.overview.base import Overview
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.conformal import Coverage
from automl_tl.finetune.decision import Decision
from automl_tl.finetune.evaluation import Evaluation
from automl_tl.finetune.nested import NestedEstimate
from automl_tl.json_codec import from_plain, to_plain
from automl_tl.report.labels import LabelFigure
from automl_tl.report.numbers import NumberFigures
from automl_tl.report.privacy import (
    AggregateMap,
    aggregate_maps,
    averaged,
    without_example,
    without_examples,
    without_true_numbers,
    without_words,
)
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking

__all__ = ["SCHEMA", "FinalModel", "ModelFacts", "ReportContent", "Reproducibility", "from_json", "to_json"]

SCHEMA = "automl_tl.report/1"

Scalar = str | int | float | bool


@dataclass(frozen=True)
class FinalModel:
    """The model that the job returns.

    ``model`` is the candidate's id, ``trial`` the trial it came from, ``file`` the artifact's file name,
    ``parameters`` counts weights (0 if unknown), ``hyperparameters`` are those of its recipe, ``beside`` says what
    answers together with it.
    """

    model: str
    strategy: str
    trial: str = ""
    hyperparameters: Mapping[str, Scalar] = field(default_factory=dict)
    parameters: int = 0
    architecture: str = ""
    licence: str = ""
    revision: str = ""
    file: str = "model"
    beside: str = ""


@dataclass(frozen=True)
class ModelFacts:
    """What is known about a candidate, for the ranking table."""

    domain: str = ""
    licence: str = ""
    family: str = ""
    description: str = ""


@dataclass(frozen=True)
class Reproducibility:
    """What somebody needs to get the same result: versions, digests and seed by name, and the command."""

    seed: int
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    platform: str = ""


@dataclass(frozen=True)
class ReportContent:
    """Everything a report shows.

    Attributes
    ----------
    job, created
        Job name, and the time of the report (ISO 8601 UTC), passed in so that the page is reproducible.
    metric, metric_direction
        The job's metric, ``maximize`` or ``minimize``.
    metric_reason
        Why it is this metric, as the end of a sentence.
    split_sizes, split_source
        Rows per part, and where the split came from.
    spec, profile
        The job spec and the data profile as JSON.
    final, evaluations, confusion
        The chosen model; the sealed test part measured for it (name ``final``) and for the baselines; rows of
        the confusion matrix are true classes, columns predictions.
    numbers, label_figures
        What takes the matrix's place where a number or several labels are predicted.
    unexplained, overview
        Rows that could not be explained, with reasons; what many predictions have in common, None where explaining
        was not part of the job.
    fairness
        None if no sensitive attribute was named.
    include_examples
        Whether raw inputs (pictures, words) may be shown; if not, they and the contributions of single examples
        are left out of HTML and JSON, and ``aggregates`` is filled on the way out.
    notes
        The user's own words, shown as written.
    seconds, stop_reason
        Wall time of the job so far, and why its search ended.
    decisions, coverage, nested
        How the final model was made; what its prediction sets do, None without them; nested cross-validation of
        the linear probe, None where it was not made.
    nested_missing
        Why it was not made although rows are few, as the end of a sentence; "" where it was, or rows are many.
    choice
        Why this model, None where it was not looked into.
    statements
        What only people can state, by the names of :data:`~automl_tl.report.completeness.STATEMENTS`.
    """

    job: str
    created: str
    modality: str
    task: str
    target: str
    class_names: tuple[str, ...]
    metric: str
    metric_direction: str
    split_sizes: Mapping[str, int]
    spec: Mapping[str, Any]
    profile: Mapping[str, Any]
    ranking: Ranking
    trials: tuple[Trial, ...]
    final: FinalModel
    evaluations: tuple[Evaluation, ...]
    reproducibility: Reproducibility
    split_source: str = ""
    models: Mapping[str, ModelFacts] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    explanations: tuple[Explanation, ...] = ()
    unexplained: tuple[Unexplained, ...] = ()
    overview: Overview | None = None
    aggregates: tuple[AggregateMap, ...] = ()
    fairness: FairnessReport | None = None
    include_examples: bool = False
    warnings: tuple[str, ...] = ()
    notes: str = ""
    seconds: float = 0.0
    stop_reason: str = ""
    metric_reason: str = ""
    numbers: NumberFigures | None = None
    label_figures: tuple[LabelFigure, ...] = ()
    decisions: tuple[Decision, ...] = ()
    coverage: Coverage | None = None
    nested: NestedEstimate | None = None
    nested_missing: str = ""
    choice: ModelChoice | None = None
    statements: Mapping[str, str] = field(default_factory=dict)

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger value of the metric is better."""
        return self.metric_direction != "minimize"

    def evaluation(self, name: str) -> Evaluation | None:
        """Return the evaluation with this name, or None."""
        return next((entry for entry in self.evaluations if entry.name == name), None)


def to_json(content: ReportContent) -> dict[str, Any]:
    """Return the report as JSON values with its schema; raw inputs only if ``include_examples`` allows them.

    What follows from the content, how complete it is and where frameworks' questions are spoken of, is written too
    and not read back.
    """
    # These two know the content's type, which is made here.
    from automl_tl.report.completeness import completeness
    from automl_tl.report.regulation import regulatory_map

    shown = _without_examples(content)
    return {
        "schema": SCHEMA,
        **to_plain(shown),
        "completeness": to_plain(completeness(shown)),
        "regulatory_map": regulatory_map(),
    }


def from_json(plain: Mapping[str, Any]) -> ReportContent:
    """Read what :func:`to_json` wrote; raises InvalidInput on another schema or a field that does not fit."""
    schema = plain.get("schema")
    if schema != SCHEMA:
        raise InvalidInput(f"schema must be {SCHEMA!r} but got {schema!r}; use a matching version", field="schema")
    return from_plain(ReportContent, dict(plain), path="report")


def _without_examples(content: ReportContent) -> ReportContent:
    if content.include_examples:
        return content
    return dataclasses.replace(
        content,
        profile=without_true_numbers(content.profile) if content.task == "regression" else content.profile,
        explanations=tuple(without_example(entry) for entry in content.explanations),
        overview=None
        if content.overview is None
        else without_examples(content.overview, numbers=content.task == "regression"),
        numbers=None if content.numbers is None else averaged(content.numbers),
        fairness=None if content.fairness is None else without_words(content.fairness),
        aggregates=content.aggregates or aggregate_maps(content.explanations),
    )
