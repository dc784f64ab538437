"""The model card: Markdown with the YAML block that the Hugging Face hub reads.

Format of the block: the hub's model card specification (``modelcard.md`` in huggingface_hub), results in the
model-index format of Papers with Code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from automl_tl.errors import InvalidInput
from automl_tl.report.completeness import STATEMENTS, completeness
from automl_tl.report.content import ReportContent
from automl_tl.report.sections.limits import limits_of
from automl_tl.report.verdict import verdict
from automl_tl.report.wording import figure, interval, metric_label, strategy_label

__all__ = ["FILE_NAME", "card_metadata", "check_metadata", "render_card"]

FILE_NAME = "MODEL_CARD.md"
_PIPELINES = {
    ("image", "classification"): "image-classification",
    ("text", "classification"): "text-classification",
    ("image", "multilabel"): "image-classification",
    ("text", "multilabel"): "text-classification",
    ("text", "regression"): "text-classification",
    ("image", "regression"): "image-classification",
}
_HUB_METRICS = {"macro_f1": "f1", "rmse": "rmse", "mae": "mae", "roc_auc": "roc_auc"}
_LICENCE = re.compile(r"[A-Za-z0-9.+-]{2,40}")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


def render_card(content: ReportContent) -> str:
    """Return the card; the same text for the same content, and no raw example in it."""
    block = card_metadata(content)
    check_metadata(block)
    dumped = yaml.safe_dump(block, sort_keys=False, allow_unicode=True, width=100)
    return f"---\n{dumped}---\n\n" + "\n\n".join(_body(content)) + "\n"


def card_metadata(content: ReportContent) -> dict[str, Any]:
    """Return the YAML block; keys that nothing is known for are left out."""
    final, task = content.final, _PIPELINES.get((content.modality, content.task), "other")
    measured = content.evaluation("final")
    metrics = [
        {
            "type": _HUB_METRICS.get(name, name),
            "name": f"test {metric_label(name)}",
            "value": round(entry.value, 6),
        }
        for name, entry in sorted((measured.metrics if measured else {}).items())
        if entry.value == entry.value
    ]
    dataset = {"name": content.target, "type": "private", "split": "test"}
    block: dict[str, Any] = {
        "license": _licence(final.licence),
        "library_name": "automl-tl",
        "pipeline_tag": task,
        "tags": ["automl-tl", "transfer-learning", content.modality, content.task],
        "base_model": _hub_id(final.model),
        "metrics": sorted({entry["type"] for entry in metrics}),
    }
    if metrics:
        result = {"task": {"type": task}, "dataset": dataset, "metrics": metrics}
        block["model-index"] = [{"name": _name(content), "results": [result]}]
    return {key: value for key, value in block.items() if value}


def check_metadata(block: Mapping[str, Any]) -> None:
    """Raise InvalidInput where the block is not as the hub and the model-index format have it."""
    for entry in _list(block, "model-index", "") if "model-index" in block else []:
        _text(entry, "name", "model-index")
        for result in _list(entry, "results", "model-index"):
            _text(_mapping(result, "task"), "type", "task")
            for key in ("name", "type"):
                _text(_mapping(result, "dataset"), key, "dataset")
            for metric in _list(result, "metrics", "results"):
                _text(metric, "type", "metrics")
                if not isinstance(metric.get("value"), int | float | str):
                    raise InvalidInput(
                        "model-index metrics need a value", field="model-index.results.metrics.value"
                    )
    for key in ("license", "library_name", "pipeline_tag", "base_model"):
        if key in block:
            _text(block, key, "")
    if "base_model" in block and not _HUB_ID.fullmatch(block["base_model"]):
        raise InvalidInput(f"base_model must be OWNER/NAME but is {block['base_model']!r}", field="base_model")


def _list(block: Mapping[str, Any], key: str, within: str) -> Sequence[Any]:
    value = block.get(key)
    if not isinstance(value, list) or not value:
        raise InvalidInput(f"{within or 'the block'} needs a list {key!r} with an entry", field=key)
    return value


def _mapping(block: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = block.get(key)
    if not isinstance(value, Mapping):
        raise InvalidInput(f"model-index results need {key!r}", field=f"model-index.results.{key}")
    return value


def _text(block: Mapping[str, Any], key: str, within: str) -> None:
    if not isinstance(block.get(key), str) or not block[key]:
        raise InvalidInput(f"{within or 'the block'} needs a text {key!r}", field=key)


def _licence(name: str) -> str:
    """Return the hub's identifier of a licence: lower case, ``other`` for what is no identifier."""
    return (name.lower() if _LICENCE.fullmatch(name) else "other") if name else "unknown"


def _hub_id(model: str) -> str:
    """Return the hub's name of the pretrained model, "" for models that are not there."""
    source, _, name = model.partition(":")
    if source == "timm":
        return f"timm/{name}"
    return name if source == "hf" and _HUB_ID.fullmatch(name) else ""


def _name(content: ReportContent) -> str:
    return f"{content.target} by {content.final.model}"


def _body(content: ReportContent) -> list[str]:
    final = content.final
    return [
        f"# {_plain(_name(content))}",
        f"Made by automl_tl on {content.created[:10]}: {_plain(final.model)}, "
        f"{strategy_label(final.strategy, _plain(final.beside))}. "
        "The report of the job (`report.html`, `report.json`) has all figures, their intervals and their making.",
        *(
            f"**{statement.question}** {_plain(statement.answer)}. {_plain(' '.join(statement.sentences))}"
            for statement in verdict(content)
        ),
        "## Intended use",
        *(_stated(content, name) for name in ("intended_purpose", "intended_users", "out_of_scope", "deployer")),
        "## Data",
        "Rows: " + ", ".join(f"{part} {size}" for part, size in content.split_sizes.items()) + ".",
        _stated(content, "data_provenance"),
        "## Test results",
        _results(content),
        "## Limits and bias",
        "\n".join(f"- {_plain(limit)}" for limit in limits_of(content)),
        *(_stated(content, name) for name in ("harm_of_errors", "human_oversight", "monitoring_plan")),
        "## To do by people",
        "\n".join(f"- [ ] {name}: {STATEMENTS[name]}" for name in completeness(content).human_todo)
        or "Everything that people have to state is stated.",
    ]


def _stated(content: ReportContent, name: str) -> str:
    text = content.statements.get(name, "").strip()
    return f"**{metric_label(name).capitalize()}**: {_plain(text) if text else 'not stated yet'}"


def _results(content: ReportContent) -> str:
    lines = ["| model | " + metric_label(content.metric) + " | 95 % interval |", "|---|---|---|"]
    for entry in content.evaluations:
        measured = entry.metrics.get(content.metric)
        if measured is not None:
            shown = f"{figure(measured.value, content.metric)} | {interval(measured, content.metric)}"
            lines.append(f"| {_plain(entry.name)} | {shown} |")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Return text in which nothing is Markdown or HTML, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(text.split()))
