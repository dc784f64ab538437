"""Pictures as people have them, grey, transparent, deep, tiny and huge, from the data set to the report."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from automl_tl.explain.base import Explanation
from automl_tl.json_codec import from_plain
from automl_tl.pipeline.run import run_pipeline

KINDS = ("L", "RGBA", "I;16", "huge", "pixel", "strip")


def as_kind(picture: Image.Image, kind: str) -> Image.Image:
    """Return a drawn shape in another form."""
    if kind == "huge":
        return picture.resize((2600, 1800))
    if kind == "pixel":
        return picture.resize((1, 1))
    if kind == "strip":
        return picture.resize((3000, 4))
    if kind == "I;16":
        return Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
    return picture.convert(kind)


@pytest.fixture
def odd_pictures(make_image_folder) -> Path:
    """Return a data set whose training part is ordinary and whose test part is one picture of each kind."""
    folder = make_image_folder()
    kinds, rows = iter(KINDS), []
    for place, path in enumerate(sorted(folder.rglob("*.png"))):
        part = ("train",) * 8 + ("validation",) * 2 + ("test",) * 2
        if part[place % 12] == "test":
            as_kind(Image.open(path), next(kinds)).save(path)
        rows.append((path.relative_to(folder).as_posix(), path.parent.name, part[place % 12]))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "label", "split"), *rows])
    return folder


def test_every_picture_is_explained_or_has_its_reason(make_bench, odd_pictures, tmp_path):
    """Numbers that add up, a preview of modest size, and never a row of zeros without a word."""
    bench = make_bench(odd_pictures, explanations=len(KINDS), include_examples=True)
    job = bench.job()
    run_pipeline(job)
    told = json.loads(job.journal.fetch("report.json", tmp_path / "r.json").read_text(encoding="utf-8"))
    found = {entry.row_id: entry for entry in (from_plain(Explanation, each) for each in told["explanations"])}
    assert len(found) == len(KINDS)
    for entry in found.values():
        assert np.isfinite(entry.values).all()
        assert entry.values.any() or entry.notes, entry.row_id
        assert entry.quality.additivity_gap <= entry.quality.additivity_limit
        assert entry.quality.verdict in ("faithful", "weak", "failed")
    page = job.journal.fetch("report.html", tmp_path / "report.html")
    assert page.stat().st_size < 2_000_000
    assert page.read_text(encoding="utf-8").count("data:image/png") >= len(KINDS)
