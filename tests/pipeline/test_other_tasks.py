"""Numbers and sets of labels walk through all rooms, as pictures and as texts."""

from __future__ import annotations

import csv
import html
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import automl_tl
from automl_tl.errors import DatasetError, InvalidInput, SearchSpaceError, SpecError
from automl_tl.pipeline.run import run_pipeline
from automl_tl.search.trial import TrialState

ROWS = 60
WORDS = ("guitar", "storm", "goal")
CONTRASTIVE = """
modality: text
strategies:
  contrastive:
    updates: {kind: int, low: 4, high: 8, default: 6}
"""


def write_pictures(folder: Path, column: str, cells: list[str], pictures: list[Image.Image]) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pictures):
        picture.save(folder / f"{number:03d}.png")
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("image", column, "camera"))
        writer.writerows((f"{n:03d}.png", cell, "ab"[n % 2]) for n, cell in enumerate(cells))
    return folder


def bright_pictures(folder: Path) -> Path:
    """Return noisy pictures whose number is how bright they are, in a unit of thousands."""
    rng = np.random.default_rng(0)
    light = rng.uniform(30, 220, ROWS)
    pictures = [
        Image.fromarray(np.clip(rng.normal(level, 25, (32, 32, 3)), 0, 255).astype(np.uint8)) for level in light
    ]
    return write_pictures(folder, "lumen", [f"{5000 + 40 * level:.1f}" for level in light], pictures)


def shape_pictures(folder: Path) -> Path:
    """Return pictures with any of two shapes; rows with neither say so by an empty list."""
    rng = np.random.default_rng(0)
    cells, pictures = [], []
    for number in range(ROWS):
        picture = Image.new("RGB", (32, 32), tuple(rng.integers(0, 60, 3).tolist()))
        draw, present = ImageDraw.Draw(picture), [bool(number & 1), bool(number & 2)]
        if present[0]:
            draw.rectangle((2, 2, 13, 13), fill=(250, 80, 80))
        if present[1]:
            draw.ellipse((17, 17, 30, 30), fill=(80, 250, 80))
        pictures.append(picture)
        cells.append(json.dumps([name for name, on in zip(("box", "disc"), present, strict=True) if on]))
    return write_pictures(folder, "shapes", cells, pictures)


def texts(folder: Path, column: str, cell) -> Path:
    """Return sentences with any of three words."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    with (folder / "notes.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("text", column, "camera"))
        for number in range(ROWS):
            chosen = [word for place, word in enumerate(WORDS) if number >> place & 1]
            words = [*chosen, *rng.choice(["note", "about", "the", "and", "near", "a"], 4)]
            writer.writerow((" ".join(rng.permutation(words)), cell(chosen), "ab"[number % 2]))
    return folder


def count_of(chosen: list[str]) -> str:
    return f"{100 * len(chosen) + 7}"


def set_of(chosen: list[str]) -> str:
    return "|".join(chosen) or "[]"


CASES = {
    "bright pictures": (bright_pictures, "regression", "lumen"),
    "pictures of shapes": (shape_pictures, "multilabel", "shapes"),
    "counted words": (lambda folder: texts(folder, "score", count_of), "regression", "score"),
    "topics": (lambda folder: texts(folder, "topics", set_of), "multilabel", "topics"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_job_ends_with_a_model_figures_and_a_report(make_bench, tmp_path, case):
    """Split, ranking, trials, baselines, intervals, explanations, bias report and page; the model loads again."""
    write, task, target = CASES[case]
    bench = make_bench(write(tmp_path / "data"), task=task, target=target, sensitive=("camera",), explanations=2)
    job = bench.job()
    result = run_pipeline(job)
    assert {trial.state for trial in job.journal.trials()} <= {TrialState.SUCCEEDED, TrialState.PRUNED}
    measured = result.fitted.measured
    constant = "mean" if task == "regression" else "label frequencies"
    names = [entry.name for entry in measured.evaluations]
    assert names == ["final", constant, "linear probe", "classical", "from scratch"], measured.skipped
    final = measured.evaluations[0].metrics
    figure = final["r2" if task == "regression" else "mean_average_precision"]
    assert figure.low <= figure.value <= figure.high
    assert figure.value > 0.2

    model = automl_tl.load(job.journal.fetch("model.zip", tmp_path / "model.zip"))
    rows = measured.predictions.rows[:3].tolist()
    root, inputs = job.dataset.root, job.dataset.inputs
    given = [root / inputs[row] if job.dataset.modality == "image" else inputs[row] for row in rows]
    answers = measured.predictions.probabilities[:3]
    told = model.predict(given)
    if task == "regression":
        assert told == pytest.approx(answers[:, 0].tolist(), rel=1e-4)
        with pytest.raises(InvalidInput, match="predicts numbers and has no probabilities"):
            model.predict_proba(given)
    else:
        assert model.predict_proba(given) == pytest.approx(answers, abs=1e-4)
        assert all(isinstance(labels, list) and set(labels) <= set(model.class_names) for labels in told)

    readme = (job.work / "fit" / "model" / "README.md").read_text(encoding="utf-8")
    assert ("the number `" in readme) == (task == "regression")
    page = job.journal.fetch("report.html", tmp_path / "report.html").read_text(encoding="utf-8")
    plain = json.loads(job.journal.fetch("report.json", tmp_path / "report.json").read_text(encoding="utf-8"))
    assert "What decided was" in page
    assert measured.nested.metric == plain["metric"] == plain["nested"]["metric"]
    assert "nested cross-validation of the best linear probe on the" in page
    slices = plain["fairness"]["slices"]
    assert slices["summary"] in html.unescape(page)
    assert ("furthest off" in slices["meaning"]) == (task == "regression")
    assert plain["metric_reason"].startswith("because")
    assert plain["confusion"] == []
    if task == "regression":
        assert "How far its numbers are off" in page
        assert plain["numbers"]["count"] == len(measured.predictions.rows)
    else:
        assert "How well each label is found" in page
        assert [entry["name"] for entry in plain["label_figures"]] == list(model.class_names)
    bias = json.loads(job.journal.fetch("bias_report.json", tmp_path / "bias.json").read_text(encoding="utf-8"))
    assert [entry["attribute"] for entry in bias["attributes"]] == ["camera"]
    asked = {entry["kind"] for entry in bias["inherited"]}
    assert asked == (
        {"photometric"} if job.dataset.modality == "image" else {"term_swap", "embedding_association"}
    )
    assert [cell["attribute"] for cell in bias["finalists"]] == ["camera"]
    assert "What it brought along" in page
    assert ("of a standard deviation" in page) == (task == "regression")


def test_a_named_metric_decides_and_is_the_reason(make_bench, tmp_path):
    """Errors are minimised: the search's best trial has the smallest one."""
    bench = make_bench(
        bright_pictures(tmp_path / "data"),
        task="regression",
        target="lumen",
        metric={"name": "mae"},
        stop_after="SEARCH",
        budget={"trials": 2},
    )
    job = bench.job()
    run_pipeline(job)
    trials = job.journal.trials()
    chosen = bench.ledger.jobs.get("default", "job-1").best_trial
    best = next(trial for trial in trials if trial.id == chosen)
    assert best.value == min(trial.value for trial in trials) == best.metrics["mae"]


@pytest.mark.parametrize(
    ("task", "cells", "error", "message"),
    [
        ("regression", ["1", "2", "high"] * 20, DatasetError, "row 3, column 'y': 'high' is not a number"),
        ("regression", ["7"] * 60, DatasetError, "there is nothing to predict"),
        ("regression", ["1", "nan", "3"] * 20, DatasetError, "'nan' is not finite"),
        ("multilabel", [""] * 60, DatasetError, "no labels"),
        ("multilabel", ["a|b", "b"] * 29 + ["a|c", "a"], DatasetError, "1 label has fewer than 3 rows: 'c'"),
        ("ranking", ["a", "b"] * 30, DatasetError, "task 'ranking' is not supported"),
    ],
)
def test_labels_that_do_not_fit_the_task_are_told_at_once(make_bench, tmp_path, task, cells, error, message):
    """Row, column, rule and value."""
    cells = iter(cells)
    bench = make_bench(texts(tmp_path / "data", "y", lambda chosen: next(cells)), task=task, target="y")
    with pytest.raises(error, match=message):
        run_pipeline(bench.job())


def test_what_cannot_learn_the_task_is_refused(make_bench, tmp_path):
    """A metric of classes, and a space of contrastive pairs only."""
    data = texts(tmp_path / "data", "score", count_of)
    bench = make_bench(data, task="regression", target="score", metric={"name": "accuracy"})
    with pytest.raises(
        SpecError, match="accuracy is for classification, but the task is regression; choose from mae"
    ):
        run_pipeline(bench.job())


def test_a_space_without_a_fitting_strategy_is_refused(make_bench, tmp_path):
    """Pairs need classes."""
    data = texts(tmp_path / "data", "score", count_of)
    bench = make_bench(data, task="regression", target="score", search_space_yaml=CONTRASTIVE)
    with pytest.raises(SearchSpaceError, match="has no strategy for the task regression"):
        run_pipeline(bench.job())
