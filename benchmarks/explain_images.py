"""Pictures: faithfulness of at most 260 evaluations against shap's Partition with 500."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.explain import explain
from automl_tl.explain.base import Explanation
from automl_tl.explain.maskers.pixels import PixelMasker
from automl_tl.explain.network import Network
from automl_tl.explain.quality import relative_gap
from automl_tl.explain.question import Question, question_for
from automl_tl.explain.subject import Subject as Ready
from benchmarks.explain_models import Subject

__all__ = ["image_lines"]

_OURS, _THEIRS = 260, 500
_STEPS = 16


def image_lines(subjects: Iterable[Subject]) -> Iterator[str]:
    """Yield the rows of the table."""
    yield f"Ours with at most {_OURS} evaluations, shap's Partition with {_THEIRS}, both before the same blurred"
    yield "picture. Insertion minus deletion of single pixels in the order of their region's value, 16 steps,"
    yield "probability of the predicted class, before the blurred picture and before its mean colour; differences"
    yield "ours minus theirs, paired, with standard errors, asked not below 0. Gap: the largest additivity"
    yield "gap, asked <= 1e-5 in float32 and 1e-2 in bfloat16."
    yield ""
    yield "| model and pictures | n | evaluations | baseline | ins - del | shap's | random | difference | gap |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for subject in subjects:
        yield from _rows(subject)


def _rows(subject: Subject) -> Iterator[str]:
    ready, network = Ready(subject.model), Network(subject.model)
    generator = np.random.default_rng(0)
    table, evaluations, gaps = [], [], dict[str, float]()
    for example in subject.examples:
        ours: Explanation = explain(subject.model, [example], max_evals=_OURS, check=False).explained[0]
        evaluations.append(ours.evaluations)
        total = ours.base_values + ours.values.sum(axis=0)
        gap = relative_gap(total, ours.model_outputs, ours.base_values, 1.0)
        gaps[ours.precision] = max(gap, gaps.get(ours.precision, 0.0))
        (masker,) = ready.maskers(example)
        assert isinstance(masker, PixelMasker)
        question = question_for(subject.model, _outputs(network, masker))
        maps = (
            _map_of(ours, masker),
            _partition(network, masker, question.indices[0]),
            generator.random(masker.regions.shape),
        )
        table.append([_areas(network, question, masker, each, generator) for each in maps])
    figures = np.array(table)
    for place, baseline in enumerate(("blurred", "mean colour")):
        mine, theirs, chance = figures[:, :, place].T
        difference = mine - theirs
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        yield (
            f"| {subject.name} | {len(table)} | {max(evaluations)} | {baseline} | {mine.mean():.3f} "
            f"| {theirs.mean():.3f} | {chance.mean():.3f} | {difference.mean():+.4f} ± {error:.4f} "
            f"| {', '.join(f'{gap:.0e} in {name}' for name, gap in sorted(gaps.items()))} |"
        )


def _outputs(network: Network, masker: PixelMasker) -> NDArray[np.float64]:
    """Return the outputs (C,) for the untouched picture."""
    return network.outputs({"pixels": masker.pixels[None]})[0]


def _map_of(explanation: Explanation, masker: PixelMasker) -> NDArray[np.float64]:
    sizes = np.bincount(masker.regions.reshape(-1), minlength=masker.n_features)
    return (explanation.values[:, 0] / sizes)[masker.regions]


def _partition(network: Network, masker: PixelMasker, output: int) -> NDArray[np.float64]:
    import shap

    picture = masker.pixels.permute(1, 2, 0).numpy()
    behind = shap.maskers.Image(masker.hidden.permute(1, 2, 0).numpy(), picture.shape)

    def answers(pictures: Any) -> NDArray[np.float64]:
        batch = torch.from_numpy(np.asarray(pictures, dtype=np.float32)).permute(0, 3, 1, 2)
        return network.outputs({"pixels": batch})[:, [output]]

    explainer = shap.explainers.Partition(answers, behind)
    told = explainer(picture[None], max_evals=_THEIRS, batch_size=50, silent=True)
    return np.asarray(told.values[0])[..., 0].sum(axis=2)


def _areas(
    network: Network,
    question: Question,
    masker: PixelMasker,
    values: NDArray[np.float64],
    generator: np.random.Generator,
) -> list[float]:
    """Return insertion minus deletion before each baseline; pixels of one value come in random order."""
    height, width = values.shape
    rank = np.empty(height * width, dtype=np.int64)
    rank[np.lexsort((generator.random(height * width), -values.reshape(-1)))] = np.arange(height * width)
    counts = np.linspace(0, height * width, _STEPS + 1).round()
    inserted = (rank[None] < counts[:, None]).reshape(-1, height, width)
    shown = torch.from_numpy(np.concatenate([inserted, ~inserted]))[:, None]
    other = masker.other_baseline()
    assert isinstance(other, PixelMasker)
    areas = []
    for hidden in (masker.hidden, other.hidden):
        batch = torch.where(shown, masker.pixels, hidden)
        chunks = [network.outputs({"pixels": chunk}) for chunk in torch.split(batch, 17)]
        insertion, deletion = np.split(question.answer(np.concatenate(chunks)), 2)
        areas.append(float(np.trapezoid(insertion - deletion) / _STEPS))
    return areas
