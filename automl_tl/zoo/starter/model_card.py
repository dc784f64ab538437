"""The page that tells people what a starter model is."""

from __future__ import annotations

from typing import Any

__all__ = ["MODEL_CARD_FILE", "model_card_text"]

MODEL_CARD_FILE = "MODEL_CARD.md"


def model_card_text(record: dict[str, Any]) -> str:
    """Return the Markdown page for what ``card.json`` says."""
    data, plan = record["data"], record["recipe"]
    parts = [
        f"# {record['source']}:{record['model']}",
        record["description"],
        _table(record),
        "## Data",
        f"{data['examples']:,} examples of the domain `{data['source']}`: {data['description']}."
        f" They come from a generator in this package (seed {data['seed']}); nothing was downloaded."
        f" {len(data['classes'])} classes: {', '.join(data['classes'])}.",
    ]
    if record["modality"] == "text":
        parts.append(
            f"Read with Python {data['python']}; another version carries slightly other text."
            f" Never shown in pretraining: the packages {', '.join(data['held_out_packages'])}."
        )
    parts += [
        "## Recipe",
        f"{plan['steps']:,} updates of {plan['batch']} examples, AdamW, peak rate {plan['rate']:g}, weight decay"
        f" {plan['weight_decay']:g}. {_losses(plan)}"
        f" `automl-tl zoo pretrain {record['model']}` makes it again.",
        "## Limits",
        _limits(record),
    ]
    return "\n\n".join(parts) + "\n"


def _table(record: dict[str, Any]) -> str:
    if record["modality"] == "image":
        height, width = record["input"]["size"]
        wanted = f"RGB image, {height} x {width} pixels"
    else:
        wanted = f"text, at most {record['input']['max_length']} tokens, mean pooling"
    rows = [
        ("Architecture", f"{record['architecture']} ({record['family']}), {record['parameters']:,} parameters"),
        ("Input", wanted),
        ("Embedding", f"{record['embedding_size']} values"),
        ("Licence", record["licence"]),
        (
            "Accuracy on its own source task",
            f"{record['source_accuracy']:.1%} of {record['data']['fresh_examples']:,} fresh examples",
        ),
    ]
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def _losses(plan: dict[str, Any]) -> str:
    if plan["modality"] == "image":
        return f"Loss: cross-entropy on the source classes, label smoothing {plan['label_smoothing']:g}."
    return (
        "Loss: texts that belong together find each other among the batch (InfoNCE) while"
        f" {plan['masked_share']:.0%} of the tokens are hidden; the source head is a probe that does not shape the"
        " encoder."
    )


def _limits(record: dict[str, Any]) -> str:
    if record["modality"] == "image":
        return (
            "Trained on drawings made by code only. Good for small, simple pictures that resemble its domain;"
            " for photographs of objects, animals or people take an ImageNet model from the catalog."
        )
    return (
        "Knows little English beyond its domain and no other language. Good for short texts that resemble its"
        " domain; for general language take a hub model from the catalog."
    )
