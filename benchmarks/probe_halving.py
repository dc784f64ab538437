"""Two hundred candidates by successive halving: what it costs next to probing all of them, and whom it finds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from automl_tl.data.dataset import Example
from automl_tl.pipeline.probing.race import Course, race
from automl_tl.pipeline.probing.request import ProbeOutcome
from automl_tl.probe.embeddings import Embeddings
from automl_tl.search.budget import Deadline
from automl_tl.transferability.base import ProbeSample, Ranking
from automl_tl.transferability.rank import rank
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.build import backbone_from_config
from automl_tl.zoo.starter.cards import starter_cards, starter_directory
from automl_tl.zoo.starter.held_out.base import held_out_tasks
from automl_tl.zoo.starter.loading import load_directory

__all__ = ["lines", "long_lines"]

_TASKS = ("digits", "photographs", "unseen textures")
_SEEDS = (0, 1)
_CANDIDATES = 200
_EVERY, _TRAIN = 900, 770
_SIZES = (16, 24, 32, 40, 48)
_SMALLEST = {"convnext": 32}
_FIXED = ("vit",)
_NOISE = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)
_REDONE = (0, 1, 2, 3)
_BATCH = 64
_PLACES = 3


@dataclass(frozen=True)
class Variant:
    """A starter model at an input size, with noise on its weights and its last blocks made new."""

    model: str
    size: int
    noise: float
    redone: int
    seed: int

    @property
    def name(self) -> str:
        """Return what tells it from the others."""
        return f"variant:{self.seed:03d}"


@dataclass
class Field:
    """What every variant makes of one task, with its CPU seconds."""

    labels: NDArray[np.int64]
    features: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    per_example: dict[str, float] = field(default_factory=dict)
    loading: dict[str, float] = field(default_factory=dict)


def lines() -> Iterator[str]:
    """Yield the rows of the table for the first task."""
    yield from _lines(_TASKS[:1])


def long_lines() -> Iterator[str]:
    """Yield the rows of the table for every task, a quarter of an hour."""
    yield from _lines(_TASKS)


def _lines(tasks: Sequence[str]) -> Iterator[str]:
    yield f"{_CANDIDATES} variants of the starter models: input sizes, noise on the weights, last blocks made new."
    yield f"Held-out tasks of {_EVERY} examples, {_TRAIN} of them to compare by. Cost: CPU seconds of the forward"
    yield "passes, as a share of probing everybody on everything; CPU: the same with loading, choosing, ranking."
    yield f"Of the first {_PLACES} in the ranking of the whole field: how many are finalists, and how many stand"
    yield "first in the ranking of the finalists (equal scores count as equal). Loss: what the first of the"
    yield "finalists lack on average, in the score of the whole field (log-odds); beside it by how much the"
    yield "third and fourth of the field differ. Asked: at most 25 % of the cost, the same top 3."
    yield ""
    yield "| task | seed | cost | CPU | finalists | are finalists | stand first | loss | 3rd minus 4th |"
    yield "|---|---|---|---|---|---|---|---|---|"
    with threadpool_limits(1):
        torch.set_num_threads(1)
        variants = _variants()
        for name in tasks:
            task = held_out_tasks.get(name).load()
            rows = np.random.default_rng(0).permutation(len(task.labels))[:_EVERY]
            seen = _field(variants, [task.examples[row] for row in rows], task.labels[rows])
            for seed in _SEEDS:
                yield f"| {name} | {seed} | {_row(seen, seed)} |"


def _row(seen: Field, seed: int) -> str:
    """Return the figures of one race, with another training part for each seed."""
    every = np.arange(len(seen.labels))
    train = np.sort(np.random.default_rng(seed).permutation(every)[:_TRAIN])
    shown: dict[str, int] = {}

    def probe(
        models: Sequence[str], rows: NDArray[np.int64], *, deadline: Deadline, last: bool, expected: float
    ) -> Iterator[ProbeOutcome]:
        chosen = np.sort(rows)
        for model in models:
            seconds = seen.per_example[model] * (len(rows) - shown.get(model, 0))
            shown[model] = len(rows)
            yield ProbeOutcome(model, Embeddings(model, chosen, seen.features[model][chosen], None, seconds, ""))

    began = time.process_time()
    result = race(
        list(seen.features), Course(train, every, seen.labels, seed=seed), probe, deadline=Deadline(None)
    )
    ours = _ranking(seen, train, list(result.finalists), seed)
    halving_cpu = time.process_time() - began
    began = time.process_time()
    theirs = _ranking(seen, train, list(seen.features), seed)
    exhaustive_cpu = time.process_time() - began
    exhaustive, loading = len(every) * sum(seen.per_example.values()), sum(seen.loading.values())
    scores = {row.model: round(row.score, 9) for row in theirs.models}
    best = [row.model for row in theirs.models[:_PLACES]]
    found = [row.model for row in ours.models[:_PLACES]]
    third, fourth = (scores[row.model] for row in theirs.models[_PLACES - 1 : _PLACES + 1])
    loss = np.mean([scores[model] for model in best]) - np.mean([scores[model] for model in found])
    cpu = (loading + result.seconds + halving_cpu) / (loading + exhaustive + exhaustive_cpu)
    cells = (
        f"{result.seconds / exhaustive:.1%}",
        f"{cpu:.1%}",
        f"{len(result.finalists)}",
        f"{sum(model in result.finalists for model in best)} of {_PLACES}",
        f"{sum(scores[model] >= third for model in found)} of {_PLACES}",
        f"{loss:.3f}",
        f"{third - fourth:.3f}",
    )
    return " | ".join(cells)


def _ranking(seen: Field, train: NDArray[np.int64], models: Sequence[str], seed: int) -> Ranking:
    samples = {model: ProbeSample(seen.features[model][train], seen.labels[train], seed=seed) for model in models}
    return rank(samples, {}, {}, seed=seed, bootstrap=100)


def _variants() -> list[Variant]:
    """Return every starter model as it is at each of its sizes, then seeded draws of what can be done to it."""
    whole: list[Variant] = []
    changed: list[tuple[str, int, float, int]] = []
    for card in starter_cards():
        if card.modality != "image":
            continue
        sizes = (32,) if card.family in _FIXED else [s for s in _SIZES if s >= _SMALLEST.get(card.family, 0)]
        for size in sizes:
            whole.append(Variant(card.model, size, 0.0, 0, len(whole)))
            changed += [(card.model, size, noise, redone) for noise in _NOISE for redone in _REDONE][1:]
    drawn = np.random.default_rng(0).permutation(len(changed))[: _CANDIDATES - len(whole)]
    return whole + [Variant(*changed[place], seed) for seed, place in enumerate(drawn, start=len(whole))]


def _field(variants: Sequence[Variant], examples: Sequence[Example], labels: NDArray[np.int64]) -> Field:
    seen = Field(labels)
    for variant in variants:
        began = time.process_time()
        backbone = _built(variant)
        loaded = time.process_time()
        features = _embedded(backbone, examples)
        seen.loading[variant.name] = loaded - began
        seen.per_example[variant.name] = (time.process_time() - loaded) / len(examples)
        seen.features[variant.name] = features
    return seen


def _built(variant: Variant) -> Backbone:
    """Return the variant's network; with normalisation as it was learnt where that still has a meaning."""
    pristine = _pristine(variant.model)
    card = replace(pristine.card, input=replace(pristine.card.input, size=(variant.size, variant.size)))
    backbone = backbone_from_config(card, pristine.config, starter_directory(variant.model))
    if variant.redone:
        backbone.reinitialise(variant.seed)
    kept = len(pristine.blocks()) - variant.redone
    known = {name: tensor for name, tensor in pristine.named_buffers() if name.startswith("network.")}
    with torch.no_grad():
        for block, learnt in zip(backbone.blocks()[:kept], pristine.blocks()[:kept], strict=True):
            for target, source in zip(block.parameters, learnt.parameters, strict=True):
                target.copy_(source)
        for name, target in backbone.named_buffers():
            if name in known:
                target.copy_(known[name])
    _disturb(backbone, variant.noise, variant.seed)
    return backbone.eval()


@cache
def _pristine(model: str) -> Backbone:
    return load_directory(starter_directory(model)).backbone


def _disturb(backbone: Backbone, noise: float, seed: int) -> None:
    """Add noise of this share of each weight matrix's spread."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in backbone.parameters():
            if noise and parameter.ndim > 1:
                parameter += noise * parameter.std() * torch.randn(parameter.shape, generator=generator)


def _embedded(backbone: Backbone, examples: Sequence[Example]) -> NDArray[np.float32]:
    with torch.inference_mode():
        parts = [
            backbone(backbone.preprocess(examples[start : start + _BATCH])).numpy()
            for start in range(0, len(examples), _BATCH)
        ]
    return np.concatenate(parts)
