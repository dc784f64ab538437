"""The lookup table behind the replayed search: real fine-tuning runs of every starter image model, full curves."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from automl_tl.search.space import Scalar, SearchSpace
from automl_tl.search.space_reader import parse_space

__all__ = ["CANDIDATES", "TABLE", "TASKS", "Candidate", "Row", "candidates", "read", "space"]

_TABLES = Path(__file__).parent / "tables"
TABLE, CANDIDATES = _TABLES / "search_replay.csv", _TABLES / "search_replay_models.csv"
TASKS = ("digits", "unseen-textures")
"""Held-out tasks of the starter zoo: on one two models are far ahead, on the other many are close."""

_SPACE = """
modality: image
strategies:
  full_finetune:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-2, default: 1e-3}
    layer_decay: {kind: float, low: 0.55, high: 1.0, default: 0.8}
    batch_size: {kind: categorical, choices: [8, 16], default: 8}
    updates: {kind: categorical, choices: [27, 63], default: 63}
  partial_unfreezing:
    learning_rate: {kind: log_float, low: 1e-4, high: 1e-2, default: 1.5e-3}
    frozen_fraction: {kind: float, low: 0.2, high: 0.8, default: 0.5}
    batch_size: {kind: categorical, choices: [8, 16], default: 8}
    updates: {kind: categorical, choices: [27, 63], default: 63}
  lora:
    learning_rate: {kind: log_float, low: 5e-4, high: 2e-2, default: 5e-3}
    rank: {kind: categorical, choices: [4, 16], default: 4}
    batch_size: {kind: categorical, choices: [8, 16], default: 8}
    updates: {kind: categorical, choices: [27, 63], default: 63}
  norm_and_bias:
    learning_rate: {kind: log_float, low: 1e-3, high: 3e-2, default: 7e-3}
    batch_size: {kind: categorical, choices: [8, 16], default: 8}
    updates: {kind: categorical, choices: [27, 63], default: 63}
portfolio:
  - strategy: full_finetune
  - strategy: partial_unfreezing
  - {strategy: full_finetune, learning_rate: 2.5e-3, layer_decay: 0.9}
  - strategy: lora
  - strategy: norm_and_bias
"""


@dataclass(frozen=True)
class Row:
    """One run: ``fractions`` of it, CPU-seconds until each, validation accuracy and log loss there."""

    task: str
    model: str
    strategy: str
    parameters: Mapping[str, Scalar]
    fractions: tuple[float, ...]
    seconds: tuple[float, ...]
    accuracy: tuple[float, ...]
    log_loss: tuple[float, ...]
    error: str = ""


@dataclass(frozen=True)
class Candidate:
    """What is known of a model before search: its rung 0, and what the ranking says of it."""

    task: str
    model: str
    family: str
    parameters: int
    accuracy: float
    log_loss: float
    rank: int
    probability_best: float
    contender: bool


@cache
def space() -> SearchSpace:
    """Return the space that the table covers."""
    return parse_space(_SPACE, name="search_table")


def read() -> tuple[Row, ...]:
    """Return the rows of the table."""
    if not TABLE.exists():
        return ()
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(_row(cells) for cells in csv.DictReader(file))


def candidates(task: str) -> tuple[Candidate, ...]:
    """Return the models of a task, best-ranked first."""
    with CANDIDATES.open(encoding="utf-8", newline="") as file:
        found = [
            Candidate(
                task,
                cells["model"],
                cells["family"],
                int(cells["parameters"]),
                float(cells["accuracy"]),
                float(cells["log_loss"]),
                int(cells["rank"]),
                float(cells["probability_best"]),
                cells["contender"] == "1",
            )
            for cells in csv.DictReader(file)
            if cells["task"] == task
        ]
    return tuple(sorted(found, key=lambda each: each.rank))


def _row(cells: Mapping[str, str]) -> Row:
    fractions, seconds, accuracy, log_loss = (
        tuple(float(value) for value in cells[name].split())
        for name in ("fractions", "seconds", "accuracy", "log_loss")
    )
    parameters = json.loads(cells["parameters"])
    names = cells["task"], cells["model"], cells["strategy"]
    return Row(*names, parameters, fractions, seconds, accuracy, log_loss, cells["error"])
