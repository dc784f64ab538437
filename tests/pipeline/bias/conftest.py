"""A bench without a trained network: answers by the mean colour of a picture, or by words."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from automl_tl.data.load import load_dataset
from automl_tl.data.target import bind_target
from automl_tl.finetune.evaluation import Predictions
from automl_tl.pipeline.bias.bench import AuditBench


class Brightness:
    """A two-class model of pictures: how bright is it?"""

    modality, class_names, members, temperature = "image", ("dark", "light"), (), 1.0
    task, thresholds = "classification", ()
    head = SimpleNamespace(logits=lambda features: np.stack([0 * features[:, 0], features[:, 0]], axis=1))

    def embed(self, images):
        means = [np.asarray(image, dtype=np.float64).reshape(-1, 3).mean(axis=0) for image in images]
        spread = [float(np.std(image)) for image in images]
        return np.column_stack([(np.array(means).mean(axis=1) - 128) / 20, np.array(means), spread]).astype(
            "float32"
        )

    def answers(self, images):
        chance = 1 / (1 + np.exp(-self.embed(images)[:, 0].astype(np.float64)))
        return np.stack([1 - chance, chance], axis=1).astype(np.float32)

    predict_proba = answers


@pytest.fixture
def make_bench(tmp_path) -> Callable[..., AuditBench]:
    """Return a maker of benches on 240 pictures; those of an old camera are often answered wrongly."""
    from PIL import Image

    rng = np.random.default_rng(0)
    lines = ["image,label,camera,split"]
    for number in range(240):
        light, old = number % 2, number % 3 == 0
        shift = 60 * (1 - 2 * light) if old and rng.random() < 0.6 else 0
        shade = np.clip(rng.normal(90 + 80 * light, 12, 3) + shift, 0, 255)
        pixels = np.clip(rng.normal(shade, 20, (12, 12, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        part = "test" if number >= 100 else "validation" if number >= 80 else "train"
        lines.append(f"{number}.png,{('dark', 'light')[light]},{'old' if old else 'new'},{part}")
    (tmp_path / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    target = bind_target(load_dataset(tmp_path), sensitive=("camera",))

    def make(out_of_time: Callable[[], bool] = lambda: False) -> AuditBench:
        model, rows = Brightness(), target.split.test
        bench = AuditBench(target, model, None, 0, out_of_time)
        chances = model.predict_proba(bench.inputs(rows))
        return AuditBench(target, model, Predictions(rows, target.labels[rows], chances), 0, out_of_time)

    return make
