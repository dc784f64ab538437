"""Measures the lookup table behind the replayed search: ``python -m benchmarks.search_table_fill``.

Rows that are missing are measured one by one; stop it at any time, it goes on where it stopped. What a row costs
is counted in CPU-seconds of this process, so a busy machine changes nothing.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from automl_tl.data.load import load_dataset
from automl_tl.errors import AutomlError
from automl_tl.finetune.probe_head import choose_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import CurvePoint, Workload
from automl_tl.pipeline.inputs import labelled_inputs
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.probe.extract import embed
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.portfolio import starts
from automl_tl.search.space import Parameter, Scalar, Situation
from automl_tl.transferability.base import ProbeSample
from automl_tl.transferability.rank import rank
from automl_tl.truth.task import TruthTask, draw_task
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.catalog import load_catalog
from benchmarks.held_out_data import write_held_out
from benchmarks.search_table import CANDIDATES, TABLE, TASKS, Candidate, Row, candidates, read, space

__all__ = ["main"]

_ROWS, _LEARN, _SEED = 350, 100, 0
_CONFIGURATIONS = 60
"""Rows per model: the portfolio, then draws from the space."""


def main() -> None:
    """Measure the missing rows."""
    torch.set_num_threads(1)
    for row in _fill():
        print(row.model, row.strategy, row.accuracy, f"{row.seconds[-1] if row.seconds else 0:.2f} s", row.error)
    print(f"{len(read())} rows")


def _fill() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="automl-tl-table-") as name:
        data = write_held_out("image", Path(name))
        for task in TASKS:
            drawn = _task(draw_task(task, load_dataset(data[task]), rows=_ROWS, seed=_SEED))
            yield from _fill_task(task, drawn, Path(name) / "work")


def _fill_task(name: str, task: TruthTask, folder: Path) -> Iterator[Row]:
    load_model = ModelCache(capacity=9)
    workload = _workload(task, load_catalog().resolve(("starter",), "image"), load_model, folder)
    if not CANDIDATES.exists() or not candidates(name):
        _write_candidates(name, workload)
    done = {_key(row) for row in read()}
    for number in range(_CONFIGURATIONS):
        for card in workload.cards.values():
            strategy, parameters = _configurations(name, card, len(workload.train))[number]
            blank = Row(name, card.id, strategy, parameters, (), (), (), ())
            if _key(blank) not in done:
                row = _measure(blank, workload, card, load_model)
                _append(row)
                yield row


def _key(row: Row) -> tuple[str, str, str, str]:
    return row.task, row.model, row.strategy, json.dumps(row.parameters, sort_keys=True)


def _task(task: TruthTask) -> TruthTask:
    """Move most rows to validation: curves without noise matter more here than well-trained models."""
    rows = np.concatenate([task.train, task.validation])
    drawn = np.random.default_rng(_SEED).permutation(rows)
    return dataclasses.replace(task, train=np.sort(drawn[:_LEARN]), validation=np.sort(drawn[_LEARN:]))


def _workload(task: TruthTask, cards: tuple[ModelCard, ...], load_model: ModelCache, folder: Path) -> Workload:
    embeddings = {
        card.id: embed(
            load_model(card),
            task.target.dataset,
            np.concatenate([task.train, task.validation]),
            cache=EmbeddingCache(folder / "cache"),
        )
        for card in cards
    }
    bare = Workload(
        modality="image",
        task=task.target.task,
        class_names=task.target.class_names,
        metric="accuracy",
        train=labelled_inputs(task.target, task.train),
        validation=labelled_inputs(task.target, task.validation),
        cards={card.id: card for card in cards},
        train_features={model: each.select(task.train) for model, each in embeddings.items()},
        validation_features={model: each.select(task.validation) for model, each in embeddings.items()},
        heads={},
        checkpoint_root=folder / "trials",
    )
    heads = {card.id: choose_head(bare, card.id, seed=_SEED)[0] for card in cards}
    return dataclasses.replace(bare, heads=heads)


def _configurations(task: str, card: ModelCard, train: int) -> list[tuple[str, dict[str, Scalar]]]:
    """Return the portfolio and then draws, an equal share for each strategy; the same at every call."""
    situation = Situation.of(card, train_examples=train, classes=10)
    rng = np.random.default_rng([_SEED, *f"{task} {card.id}".encode()])
    found = [
        (start.strategy, dict(start.parameters)) for start in starts(space(), [card.id], {card.id: situation})
    ]
    strategies = space().strategies
    while len(found) < _CONFIGURATIONS:
        strategy = strategies[len(found) % len(strategies)]
        found.append((strategy.name, {each.name: _draw(each, rng) for each in strategy.active(situation)}))
    return found


def _draw(parameter: Parameter, rng: np.random.Generator) -> Scalar:
    if parameter.kind == "categorical":
        return parameter.choices[int(rng.integers(len(parameter.choices)))]
    low, high = parameter.low, parameter.high
    if parameter.kind == "log_float":
        return float(f"{math.exp(rng.uniform(math.log(low), math.log(high))):.4g}")
    return float(f"{rng.uniform(low, high):.4g}")


def _measure(blank: Row, workload: Workload, card: ModelCard, load_model: ModelCache) -> Row:
    began, points = time.process_time(), list[tuple[float, float, float, float]]()

    def report(point: CurvePoint) -> bool:
        seconds = time.process_time() - began
        points.append((point.fraction, seconds, point.metrics["accuracy"], point.metrics["log_loss"]))
        return True

    error = ""
    try:
        run_trial(
            workload,
            trial="t",
            model=card.id,
            recipe=Recipe.from_parameters(blank.strategy, blank.parameters),
            seed=_SEED,
            report=report,
            remaining=lambda: math.inf,
            load_model=load_model,
        )
    except AutomlError as failure:
        error = " ".join(failure.message.split())[:120]
    fractions, seconds, accuracy, log_loss = zip(*points, strict=True) if points else ((), (), (), ())
    return dataclasses.replace(
        blank, fractions=fractions, seconds=seconds, accuracy=accuracy, log_loss=log_loss, error=error
    )


def _append(row: Row) -> None:
    fresh = not TABLE.exists()
    with TABLE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow([field.name for field in dataclasses.fields(Row)])
        series = [
            " ".join(f"{value:.5g}" for value in each) for each in (row.fractions, row.seconds, row.accuracy)
        ]
        losses = " ".join(f"{value:.4g}" for value in row.log_loss)
        names = [row.task, row.model, row.strategy, json.dumps(row.parameters)]
        writer.writerow([*names, *series, losses, row.error])


def _write_candidates(task: str, workload: Workload) -> None:
    samples = {model: ProbeSample(each, workload.train.labels) for model, each in workload.train_features.items()}
    fresh = not CANDIDATES.exists()
    with CANDIDATES.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if fresh:
            writer.writerow([field.name for field in dataclasses.fields(Candidate)])
        for row in rank(samples, {}, {}).usable():
            card, labels = workload.cards[row.model], workload.validation.labels
            answers = workload.heads[row.model].probabilities(workload.validation_features[row.model])
            right = float(np.mean(answers.argmax(axis=1) == labels))
            loss = float(-np.log(np.maximum(answers[np.arange(len(labels)), labels], 1e-12)).mean())
            figures = [f"{right:.5g}", f"{loss:.5g}", row.rank, f"{row.probability_best:.4g}", int(row.contender)]
            writer.writerow([task, row.model, card.family, card.parameters, *figures])


if __name__ == "__main__":
    main()
