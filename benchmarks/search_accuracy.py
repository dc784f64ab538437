"""Search against what else the same processor time buys, on real data and real weights.

``python -m benchmarks.search_accuracy --fill`` measures what is missing in benchmarks/tables, for hours; it needs
``AUTOML_TL_REAL_DATA`` as benchmarks/truth.py does. ``make bench`` prints the comparison.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.data.dataset import Dataset
from automl_tl.data.load import load_dataset
from automl_tl.data.sources.file import open_path
from automl_tl.finetune.baselines import linear_probe
from automl_tl.finetune.evaluate import predict_rows
from automl_tl.finetune.fitted import FittedModel, load
from automl_tl.finetune.metrics import metrics
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.strategies.base import strategies
from automl_tl.finetune.trial import run_trial
from automl_tl.finetune.workload import Workload
from automl_tl.names import digest_json
from automl_tl.pipeline.context import JobContext
from automl_tl.pipeline.deadlines import StageDeadlines
from automl_tl.pipeline.spec import BudgetSpec, JobSpec, MetricSpec, SplitSpec, Stage
from automl_tl.pipeline.steps import fit, ingest, probe, rank, search
from automl_tl.pipeline.steps.ingest import Ingested
from automl_tl.pipeline.steps.probe import Probed
from automl_tl.probe.cache import EmbeddingCache
from automl_tl.search.budget import Budget, Deadline
from automl_tl.search.driver import SearchDriver
from automl_tl.search.incumbent import best_of
from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.model_cache import ModelCache
from automl_tl.search.parzen import ParzenEstimator
from automl_tl.search.sampler import Suggestion
from automl_tl.search.space import SearchSpace, Situation
from automl_tl.search.trial import Trial
from automl_tl.transferability.base import Ranking
from automl_tl.truth.task import draw_task
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.catalog import load_catalog
from benchmarks.search_accuracy_page import page
from benchmarks.search_accuracy_table import OURS, PROBE, Row, Table
from benchmarks.silent_journal import SilentJournal
from benchmarks.truth_candidates import make_candidates

__all__ = ["lines", "main"]

_REAL_DATA = "AUTOML_TL_REAL_DATA"
_DATA = {
    "flowers": ("image", "flowers.zip"),
    "cifar10": ("image", "cifar10.zip"),
    "pacs_sketch": ("image", "pacs_sketch.zip"),
    "banking77": ("text", "banking77.csv"),
    "tweeteval_emotion": ("text", "tweeteval_emotion.csv"),
    "sms_spam": ("text", "sms_spam.csv"),
}
_ROWS, _TEST, _SEEDS = 300, 400, 3
_SECONDS = 180.0
"""Processor time of one arm, from the ranking to the model; embeddings are there and free for every arm."""
_RANDOM = "random + promotion"
_MANY = 10_000

Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Setting:
    """One draw of one data set, ranked: where every arm starts."""

    job: JobContext
    ingested: Ingested
    probed: Probed
    ranking: Ranking
    seed: int

    @property
    def models(self) -> tuple[str, ...]:
        """Return the candidates that every arm may use, best first."""
        return tuple(row.model for row in self.ranking.usable()[: self.job.spec.top_k])

    def right(self, model: FittedModel) -> Right:
        """Return which test rows a model gets right."""
        found = predict_rows(model, self.ingested.target, self.ingested.target.split.test)
        return np.asarray(found.probabilities.argmax(axis=1) == found.labels)


@dataclass(frozen=True)
class Answer:
    """What an arm came up with."""

    model: str
    strategy: str
    right: Right


class RandomDraws:
    """Configurations drawn at random from a space, and nothing learnt."""

    def __init__(self, space: SearchSpace, situations: Mapping[str, Situation], seed: int) -> None:
        self._space, self._situations, self._seed = space, situations, seed

    def ask(self, trial: str, *, seconds_left: float) -> Suggestion:
        """Return the next configuration."""
        seed = int(digest_json([self._seed, trial])[:8], 16)
        estimator = ParzenEstimator(self._space, self._situations, [], seed=seed, startup=_MANY)
        return Suggestion(*estimator.draw(), origin="sampler")

    def note(self, trial: Trial) -> None:
        """Forget it."""


def lines() -> Iterator[str]:
    """Yield the comparison, as far as the table is filled."""
    table = Table()
    cells = len(_DATA) * _SEEDS * (3 + sum(len(_defaults(modality)) for modality in ("image", "text")) / 2)
    yield f"{len(table.rows())} of {cells:.0f} cells filled. {_ROWS} rows to learn from, a fifth for validation,"
    yield f"{_TEST} test rows; {_SECONDS:.0f} CPU seconds for every arm after the ranking, one thread. Candidates:"
    yield "the starter zoo, real MobileNets at 96 px, the first 1 to 6 layers of a real encoder; the three"
    yield "best ranked for the searches, the best one for the default recipes. The search was designed while"
    yield "looking at test answers of seeds 0 and 1, and of draws 3 and 4, which are not in the table; results of"
    yield "earlier versions on seed 2 were known, too. A default recipe keeps the probe's checkpoint where"
    yield "validation says that training did harm, from_scratch most of all. Our search was measured on a machine"
    yield "whose CPU seconds are worth 0.6 of those that random search had; the other arms have no limit. Two of"
    yield "its cells, banking77 0 and 1, were measured twice: at first other work on that machine had used up the"
    yield "time of retraining (68.0 and 70.5)."
    yield ""
    yield from page(table.rows())


def main() -> None:
    """Fill the table, or print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_accuracy", description=__doc__)
    parser.add_argument("--fill", action="store_true", help="measure the missing cells first")
    parser.add_argument("--data", nargs="+", choices=_DATA, default=list(_DATA), help="only these data sets")
    parser.add_argument("--arms", nargs="+", default=[], metavar="ARM", help=f"only these arms, such as {OURS!r}")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    _count_processor_time()
    if arguments.fill:
        for row in _fill(Table(), arguments.data, arguments.arms):
            print(f"{row.data} {row.seed} {row.arm}: {row.accuracy:.3f} {row.seconds:.0f} s", flush=True)
    print("\n".join(lines()))


def _count_processor_time() -> None:
    """Make every clock of this process count processor time, so that a busy machine changes no arm's choices."""
    time.perf_counter = time.monotonic = time.process_time  # type: ignore[assignment]


def _fill(table: Table, names: list[str], only: list[str]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="automl-tl-search-") as name:
        folder = Path(name)
        real = Path(os.environ[_REAL_DATA])
        candidates = make_candidates(real / "weights", folder / "candidates")
        for seed in range(_SEEDS):
            for data in names:
                modality, file = _DATA[data]
                wanted = [arm for arm in _arms(modality) if not only or arm in only]
                missing = [arm for arm in wanted if not table.has(data, seed, arm)]
                if not missing:
                    continue
                workdir = folder / f"{data}-{seed}"
                workdir.mkdir()
                dataset = load_dataset(open_path(real / "data" / file, workdir))
                cards = load_catalog().resolve(("starter", f"local:{candidates}"), modality, allow_local=True)
                setting = _setting(data, dataset, tuple(cards), workdir, seed)
                for arm in missing:
                    yield table.add(_measured(setting, data, arm))


def _setting(data: str, dataset: Dataset, cards: tuple[ModelCard, ...], folder: Path, seed: int) -> Setting:
    task = draw_task(data, dataset, rows=_ROWS, seed=seed, most_test=_TEST)
    part = {int(row): name for name in ("train", "validation", "test") for row in getattr(task, name)}
    rows = sorted(part)
    drawn = replace(
        dataset,
        digest=digest_json([dataset.digest, task.digest]),
        inputs=tuple(dataset.inputs[row] for row in rows),
        row_ids=tuple(dataset.row_ids[row] for row in rows),
        columns={
            "label": tuple(dataset.columns["label"][row] for row in rows),
            "split": tuple(part[row] for row in rows),
        },
        issues=(),
    )
    spec = JobSpec(
        dataset=f"projects/benchmark/datasets/{drawn.digest}",
        split=SplitSpec(column="split"),
        metric=MetricSpec(name="accuracy"),
        budget=BudgetSpec(trials=_MANY),
        stop_after=Stage.FIT,
        seed=seed,
    )
    no_limit = Deadline(None, time.process_time)
    job = JobContext(
        name="projects/benchmark/jobs/search",
        spec=spec,
        dataset=drawn,
        candidates=cards,
        journal=SilentJournal(),
        started=datetime.now(UTC),
        deadlines=StageDeadlines.plan(no_limit, 0.0),
        work=folder / "ranking",
        cache=EmbeddingCache(folder / "embeddings"),
        runner=InlineRunner,
    )
    ingested = ingest.run(job)
    probed = probe.run(job, ingested)
    return Setting(job, ingested, probed, rank.run(job, ingested, probed), seed)


def _measured(setting: Setting, data: str, arm: str) -> Row:
    modality = setting.job.dataset.modality
    began = time.process_time()
    answer = _arms(modality)[arm](_with_clock(setting, arm))
    seconds = time.process_time() - began
    return Row(data, setting.seed, arm, answer.model, answer.strategy, seconds, answer.right)


def _with_clock(setting: Setting, arm: str) -> Setting:
    """Return the setting with a journal and a clock of its own that starts now."""
    deadline = Deadline.after(_SECONDS, clock=time.process_time)
    job = replace(
        setting.job,
        journal=SilentJournal(),
        deadlines=StageDeadlines.plan(deadline, _SECONDS, last=Stage.FIT),
        work=setting.job.work.with_name(arm.replace(" ", "-")),
    )
    job.work.mkdir(parents=True, exist_ok=True)
    return replace(setting, job=job)


def _arms(modality: str) -> dict[str, Callable[[Setting], Answer]]:
    arms: dict[str, Callable[[Setting], Answer]] = {OURS: _ours, PROBE: _probe}
    for name in _defaults(modality):
        arms[f"default: {name}"] = partial(_default, strategy=name)
    return arms | {_RANDOM: _random}


def _defaults(modality: str) -> tuple[str, ...]:
    """Return the strategies whose default recipe is an arm: all of them that train by gradient."""
    return tuple(
        name
        for name in strategies.names()
        if strategies.get(name).trains_by_gradient and (modality == "text" or "contrastive" not in name)
    )


def _ours(setting: Setting) -> Answer:
    job = setting.job
    job = replace(
        job,
        deadlines=job.deadlines.for_measuring(
            fit.measuring_seconds(job, setting.ingested, setting.probed, setting.ranking)
        ),
    )
    searched = search.run(job, setting.ingested, setting.probed, setting.ranking)
    fitted = fit.run(job, setting.ingested, searched)
    return Answer(fitted.trial.model, fitted.trial.strategy, setting.right(fitted.model))


def _probe(setting: Setting) -> Answer:
    """Answer with the best linear probe by rows held out from it, fitted again with the validation part."""
    model = linear_probe(_workload(setting), seed=setting.seed, load_model=ModelCache())
    return Answer(model.backbone.card.id, "linear_probe", setting.right(model))


def _default(setting: Setting, strategy: str) -> Answer:
    workload, model = _workload(setting), setting.models[0]
    recipe = strategies.get(strategy).default_recipe(workload.cards[model], len(workload.train))
    return Answer(model, strategy, setting.right(_trained(setting, workload, model, recipe)))


def _trained(setting: Setting, workload: Workload, model: str, recipe: Recipe) -> FittedModel:
    outcome = run_trial(
        workload,
        trial="t0001",
        model=model,
        recipe=recipe,
        seed=setting.seed,
        report=lambda point: True,
        remaining=setting.job.deadlines.job.remaining,
        load_model=ModelCache(),
    )
    return load(outcome.checkpoint)


def _random(setting: Setting) -> Answer:
    """Search at random among the same candidates, weak runs stopped early, without probe heads to fall back on."""
    workload = _workload(setting)
    space = search.space_of(setting.job)
    situations = {
        model: Situation.of(
            workload.cards[model], train_examples=len(workload.train), classes=len(workload.class_names)
        )
        for model in setting.models
    }
    deadline, metric = setting.job.deadlines.job, metrics.get("accuracy")
    driver = SearchDriver(
        RandomDraws(space, situations, setting.seed),
        metric=metric,
        budget=Budget(trials=_MANY),
        deadline=deadline,
        seed=setting.seed,
        record=lambda trial: None,
        resumable=lambda trial: True,
    )
    InlineRunner().run(workload, driver, driver, deadline=deadline, cancelled=lambda: False)
    best = best_of(driver.trials, metric)
    if best is None or not best.checkpoint or math.isnan(best.value):
        return Answer("", "", np.zeros(len(setting.ingested.target.split.test), dtype=bool))
    return Answer(best.model, best.strategy, setting.right(load(Path(best.checkpoint))))


def _workload(setting: Setting) -> Workload:
    return search.make_workload(setting.job, setting.ingested, setting.probed, setting.models)


if __name__ == "__main__":
    main()
