"""A realistic report content for tests of report sections: real pictures, made-up figures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from automl_tl.choice.base import ModelChoice
from automl_tl.explain.base import Unexplained
from automl_tl.fairness.audit import audit
from automl_tl.fairness.base import FairnessReport
from automl_tl.finetune.evaluation import Evaluation, Interval, Predictions
from automl_tl.finetune.workload import CurvePoint
from automl_tl.probe.cost import ModelCost
from automl_tl.report.content import FinalModel, ModelFacts, ReportContent, Reproducibility
from automl_tl.report.labels import LabelFigure
from automl_tl.report.numbers import number_figures
from automl_tl.search.trial import Trial, TrialState
from automl_tl.testing.bias_sample import with_image_bias, with_text_bias
from automl_tl.testing.choice_sample import sample_choice
from automl_tl.testing.explanation_sample import (
    image_explanation,
    image_overview,
    text_explanation,
    text_overview,
)
from automl_tl.testing.making_sample import sample_coverage, sample_decisions, sample_nested
from automl_tl.transferability.base import RankedModel, Ranking

__all__ = ["sample_image_report", "sample_label_report", "sample_number_report", "sample_text_report"]

_MODELS = (
    ("starter:glyph-resnet", "glyphs rendered from fonts", 1.42, 0.71, 0.41),
    ("starter:glyph-vit", "glyphs rendered from fonts", 1.21, 0.52, 0.28),
    ("starter:shape-convnext", "drawn shapes", 0.63, 0.17, 0.09),
    ("timm:mobilenetv3_small_100.lamb_in1k", "ImageNet-1k", 0.20, 0.10, 0.12),
    ("starter:texture-mixer", "procedural textures", -0.71, -0.95, -0.44),
    ("starter:scene-regnet", "procedural scenes", -1.30, -1.62, -1.01),
)


@cache
def sample_image_report(*, include_examples: bool = True, seed: int = 0) -> ReportContent:
    """Return a report on handwritten digits, half of them from a bad scanner; same seed, same content."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    rng = np.random.default_rng(seed)
    names = tuple(str(digit) for digit in range(10))
    true = digits.target[:240]
    scanner = np.where(rng.random(240) < 0.5, "clean", "degraded")
    wrong = rng.random(240) < np.where(scanner == "clean", 0.025, 0.2)
    pred = np.where(wrong, (true + rng.integers(1, 10, 240)) % 10, true)
    confusion = np.bincount(true * 10 + pred, minlength=100).reshape(10, 10)
    writer_age = [str(age) for age in rng.integers(18, 80, 240)]
    fairness = audit(true, pred, {"scanner": scanner, "writer_age": writer_age}, class_names=names, seed=seed)
    fairness = with_image_bias(fairness, digits.images[:240], true, pred, seed)
    explanations = tuple(
        image_explanation(row, digits.images[row], names[true[row]], names[pred[row]], rng)
        for row in [*np.flatnonzero(~wrong)[:4].tolist(), *np.flatnonzero(wrong)[:2].tolist()]
    )
    mean = (
        np.stack([digits.images[digits.target == digit].reshape(-1, 64).mean(axis=0) for digit in range(10)]) / 16
    )
    mean = mean - mean.mean(axis=0)
    return ReportContent(
        job="projects/default/jobs/job-3f2a9c1b7d4e",
        created="2025-01-15T10:30:00Z",
        modality="image",
        task="classification",
        target="digit",
        class_names=names,
        metric="accuracy",
        metric_direction="maximize",
        split_sizes={"train": 200, "validation": 60, "test": 240},
        split_source="drawn",
        spec={"target": "digit", "sensitive": ["scanner", "writer_age"], "budget": {"trials": 9}, "seed": seed},
        profile=_profile(names, rng),
        ranking=_ranking(),
        models={model: ModelFacts(domain=domain, licence="Apache-2.0") for model, domain, *_ in _MODELS},
        trials=_trials(rng),
        final=FinalModel(
            model="starter:glyph-resnet",
            strategy="full_finetune",
            trial="t0004",
            hyperparameters={"learning_rate": 0.0012, "layer_decay": 0.8, "batch_size": 16, "updates": 120},
            parameters=1_210_344,
            architecture="resnet10t",
            licence="Apache-2.0",
            file="model",
        ),
        evaluations=_evaluations(float((pred == true).mean())),
        reproducibility=_reproducibility(seed),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        explanations=explanations,
        overview=image_overview(names, mean),
        fairness=fairness,
        include_examples=include_examples,
        warnings=(
            "This is a sample: real pictures, made-up figures.",
            "Half of the images were degraded on purpose (column scanner) to make a gap visible.",
        ),
        notes="Digits from the sorting office.\nPlease look at the scanner in hall B.",
        seconds=187.0,
        stop_reason="BUDGET_TRIALS",
        decisions=sample_decisions(),
        coverage=sample_coverage(),
        nested=sample_nested(),
        choice=_choice(),
    )


@cache
def sample_text_report(*, include_examples: bool = True, seed: int = 0) -> ReportContent:
    """Return a report on short letters to an office: negative transfer, no sensitive attribute."""
    names = ("complaint", "praise")
    rng = np.random.default_rng(seed)
    texts = (
        ("I waited three weeks and nobody answered my letter , this is not acceptable", "complaint", "complaint"),
        ("thank you for the quick and friendly help with my form", "praise", "praise"),
        ("the new counter is not bad at all", "praise", "complaint"),
    )
    explanations = tuple(
        text_explanation(row, text, truth, said, rng) for row, (text, truth, said) in enumerate(texts)
    )
    trials = tuple(replace(trial, model=trial.model.replace("glyph", "letters")) for trial in _trials(rng))
    return replace(
        sample_image_report(include_examples=include_examples, seed=seed),
        modality="text",
        decisions=(),
        coverage=None,
        nested=None,
        target="kind",
        class_names=names,
        split_sizes={"train": 80, "validation": 30, "test": 40},
        profile={
            "class_counts": {"train": {"complaint": 60, "praise": 20}, "test": {"complaint": 28, "praise": 12}}
        },
        trials=trials,
        evaluations=(
            Evaluation("final", "", {"accuracy": Interval(0.75, 0.6, 0.86)}),
            Evaluation("linear probe", "", {"accuracy": Interval(0.8, 0.65, 0.9)}, Interval(-0.05, -0.15, 0.05)),
            Evaluation("from scratch", "", {"accuracy": Interval(0.9, 0.77, 0.96)}, Interval(-0.15, -0.28, -0.03)),
            Evaluation("majority class", "", {"accuracy": Interval(0.7, 0.55, 0.82)}, Interval(0.05, -0.1, 0.2)),
        ),
        confusion=((26, 2), (8, 4)),
        explanations=explanations,
        unexplained=(Unexplained(17, "18", "there was no time left"),),
        overview=text_overview(),
        fairness=with_text_bias(FairnessReport((), ("accuracy",), 40)),
        warnings=("This is a sample with made-up figures.",),
        notes="",
    )


@cache
def sample_number_report(*, seed: int = 0) -> ReportContent:
    """Return a report on prices that were predicted from texts."""
    rng = np.random.default_rng(seed)
    true = np.sort(rng.lognormal(3, 0.6, 120))
    told = 0.8 * true + 4 + rng.normal(0, 3, 120)
    predictions = Predictions(np.arange(120), true, told[:, None].astype(np.float32))
    spread = {"min": 4.0, "q05": 8.0, "q25": 13.0, "median": 20.0, "q75": 30.0, "q95": 54.0, "max": 96.0}
    return replace(
        sample_text_report(seed=seed),
        task="regression",
        target="price",
        class_names=("price",),
        metric="rmse",
        metric_direction="minimize",
        metric_reason="because values spread without many outliers, and large errors count most",
        profile={
            "class_counts": {"train": {"0 to 50": 70, "50 to 100": 10}},
            "numbers": {"train": spread},
            "part_counts": {"train": 80},
        },
        evaluations=(
            Evaluation("final", "", {"rmse": Interval(5.1, 4.2, 6.3), "r2": Interval(0.8, 0.7, 0.87)}),
            Evaluation("mean", "", {"rmse": Interval(14.0, 11.0, 17.0)}, Interval(-8.9, -11.2, -6.4)),
            Evaluation("linear probe", "", {"rmse": Interval(6.0, 5.0, 7.1)}, Interval(-0.9, -1.8, 0.1)),
        ),
        confusion=(),
        explanations=(),
        numbers=number_figures(predictions, "price"),
    )


@cache
def sample_label_report(*, seed: int = 0) -> ReportContent:
    """Return a report on notes with any number of topics."""
    names = ("drummer", "guitar", "storm")
    figures = {"drummer": (0, 1), "guitar": (9, 8), "storm": (21, 25)}
    nan = float("nan")
    return replace(
        sample_text_report(seed=seed),
        task="multilabel",
        target="topics",
        class_names=names,
        metric="mean_average_precision",
        metric_reason="because a row has 1.2 of 3 labels on average",
        profile={"class_counts": {"train": {"drummer": 3, "guitar": 30, "storm": 61}}},
        evaluations=(
            Evaluation("final", "", {"mean_average_precision": Interval(0.8, 0.7, 0.88)}),
            Evaluation(
                "label frequencies",
                "",
                {"mean_average_precision": Interval(0.4, 0.3, 0.5)},
                Interval(0.4, 0.28, 0.5),
            ),
        ),
        confusion=(),
        explanations=(),
        label_figures=tuple(
            LabelFigure(name, support, told, 0.75, 0.8 if support else nan, 0.77, 0.82 if support else nan, 0.31)
            for name, (support, told) in figures.items()
        ),
    )


def _choice() -> ModelChoice:
    costs = {row.model: row.cost.latency_ms for row in _ranking().models if row.cost is not None}
    return sample_choice(_trials(np.random.default_rng(0)), costs)


def _profile(names: tuple[str, ...], rng: np.random.Generator) -> dict[str, object]:
    counts = {
        part: {name: int(size + rng.integers(-2, 3)) for name in names}
        for part, size in (("train", 20), ("validation", 6), ("test", 24))
    }
    return {
        "class_counts": counts,
        "unreadable": 1,
        "unlabelled": 0,
        "split_source": "drawn",
        "group_by": "",
        "sizes": {"height": {"min": 32.0, "median": 32.0, "max": 32.0}},
        "group_counts": {"scanner": {"clean": {"train": 100, "validation": 30, "test": 124}}},
        "duplicates": {"groups": 2, "rows": 4, "groups_across_parts": 1},
        "issues": [{"row": "digits/0412.png", "problem": "the file is not a readable image", "left_out": True}],
        "issues_total": 1,
        "warnings": ["1 test row (0.4%) has an exact copy among the training or validation rows."],
    }


def _ranking() -> Ranking:
    rows = []
    for rank, (model, _, score, low, high) in enumerate(_MODELS, start=1):
        low, high = min(low, score - 0.2), max(high, score + 0.25)
        shares = {"linear_probe": 0.6 * score, "knn": 0.15 * score, "logme": 0.1 * score, "published figures": 0.1}
        scores = {"logme": score / 3 - 0.2, "knn": 0.55 + score / 5, "linear_probe": 0.6 + score / 5}
        rows.append(
            RankedModel(
                model=model,
                rank=rank,
                score=score,
                low=low,
                high=high,
                scores=scores,
                probability_best=(0.66, 0.31, 0.03, 0.0, 0.0, 0.0)[rank - 1],
                parameters=1_210_344 + 300_000 * rank,
                probe_seconds=1.4 + rank,
                cost=_cost(rank),
                shares=shares,
            )
        )
    failed = RankedModel(
        "hf:example/unreachable", 0, float("nan"), float("nan"), float("nan"), error="the hub cannot be reached"
    )
    baselines = {"static": "timm:mobilenetv3_small_100.lamb_in1k", "knn": "starter:glyph-vit"}
    return Ranking((*rows, failed), ("logme", "knn", "linear_probe"), n_probe=200, baselines=baselines)


def _cost(rank: int) -> ModelCost:
    """Return made-up figures; the second model is the slowest, of the last one nothing could be measured."""
    if rank == len(_MODELS):
        return ModelCost(parameters=3_010_344, device="cpu, 1 thread", notes={"latency_ms": "no time was left"})
    return ModelCost(
        parameters=1_210_344 + 300_000 * rank,
        flops=48.3e6 / rank,
        latency_ms=(3.2, 7.9, 2.1, 4.4, 1.3)[rank - 1],
        examples_per_second=412.0 / rank,
        weight_bytes=4.0 * (1_210_344 + 300_000 * rank),
        inference_bytes=7.4e6 + 1e6 * rank,
        training_bytes=1.84e8 / rank,
        trial_seconds=94.0 / rank,
        device="cpu, 1 thread",
    )


def _trials(rng: np.random.Generator) -> tuple[Trial, ...]:
    plan = [
        (_MODELS[0][0], "linear_probe", 0.83),
        (_MODELS[1][0], "linear_probe", 0.8),
        (_MODELS[2][0], "linear_probe", 0.7),
        (_MODELS[0][0], "full_finetune", 0.93),
        (_MODELS[1][0], "full_finetune", 0.9),
        (_MODELS[2][0], "full_finetune", 0.85),
        (_MODELS[0][0], "partial_unfreezing", 0.9),
        (_MODELS[1][0], "partial_unfreezing", 0.78),
        (_MODELS[0][0], "full_finetune", 0.88),
    ]
    trials = []
    for number, (model, strategy, best) in enumerate(plan, start=1):
        steps = 1 if strategy == "linear_probe" else 4 if number == 8 else 8
        fractions = [1.0] if steps == 1 else [(step + 1) / 8 for step in range(steps)]
        values = [best - 0.35 * (1 - f) ** 2 + float(rng.normal(0, 0.008)) * (f < 1) for f in fractions]
        curve = tuple(
            CurvePoint(int(120 * f), f, 14 * f, 2.0 - f, {"accuracy": v})
            for f, v in zip(fractions, values, strict=True)
        )
        trials.append(
            Trial(
                id=f"t{number:04d}",
                number=number,
                model=model,
                strategy=strategy,
                parameters={},
                seed=number,
                origin="probe" if steps == 1 else "sampler",
                state=TrialState.PRUNED if number == 8 else TrialState.SUCCEEDED,
                value=max(values),
                curve=curve,
                seconds=0.4 if steps == 1 else 14.0,
            )
        )
    return tuple(trials)


def _evaluations(accuracy: float) -> tuple[Evaluation, ...]:
    def entry(name: str, description: str, value: float, difference: Interval | None) -> Evaluation:
        figures = {
            "accuracy": Interval(value, max(value - 0.045, 0.0), min(value + 0.04, 1.0)),
            "macro_f1": Interval(value - 0.01, value - 0.06, min(value + 0.035, 1.0)),
            "log_loss": Interval(1.6 * (1 - value), 1.2 * (1 - value), 2.1 * (1 - value)),
        }
        return Evaluation(name, description, figures, difference)

    return (
        entry("final", "glyph-resnet, full fine-tuning", accuracy, None),
        entry("linear probe", "glyph-resnet left as it is", accuracy - 0.09, Interval(0.09, 0.045, 0.135)),
        entry("from scratch", "same network, random start", accuracy - 0.21, Interval(0.21, 0.15, 0.27)),
        entry("classical", "logistic regression on pixels", accuracy - 0.03, Interval(0.03, -0.01, 0.07)),
        entry("majority class", "always the most frequent class", 0.108, Interval(accuracy - 0.108, 0.72, 0.86)),
    )


def _reproducibility(seed: int) -> Reproducibility:
    return Reproducibility(
        seed=seed,
        command="automl-tl run digits --target digit --sensitive scanner,writer_age --budget trials=9 --seed 0",
        versions={"automl_tl": "0.1.0", "torch": "2.9.0", "python": "3.11.9"},
        digests={"dataset": "5f" * 32, "model": "a3" * 32},
        platform="Linux, 2 CPU cores, no GPU",
    )
