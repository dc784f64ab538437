"""FittedModel: the model that a job returns, and how it comes back from disk without the service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from automl_tl.data.dataset import Example
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.errors import FailedPrecondition, InvalidInput
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.conformal import ConformalSets
from automl_tl.finetune.ensemble import mean_probabilities
from automl_tl.finetune.inputs import decode_inputs
from automl_tl.finetune.links import LINKS
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.tasks.base import learning_tasks
from automl_tl.finetune.workload import LinearHead
from automl_tl.zoo.backbone import Backbone
from automl_tl.zoo.card import ModelCard

__all__ = ["FittedModel", "load"]

_BATCH = 64
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A backbone with a head and the names of its outputs.

    Inputs of every method are a sequence of file paths, PIL images or uint8 arrays (height, width, 3) for an image
    model, or of strings for a text model; InvalidInput names the position of the first that does not fit.

    Attributes
    ----------
    class_names
        Of the classes or labels; of a model that predicts a number, that number's name.
    task
        ``classification``, ``multilabel``, ``regression`` or the name of a plug-in.
    recipe
        How it was trained, None if unknown.
    temperature
        Divides the logits before the softmax, > 0; 1 where probabilities were not calibrated.
    notes
        Further JSON-able facts for people, such as job and seed.
    members
        Further models of an ensemble, with the same classes: the answer is the mean of their probabilities and
        this one's. Their own temperature is 1, and they have no members.
    parts
        Weights of this model and of each member in the mean, in order; () means equal ones.
    conformal
        How probabilities become sets of classes; None where the job was not asked for that.
    thresholds
        From which probability on each label is decided for; () means one half for all.
    """

    backbone: Backbone
    head: LinearHead
    class_names: tuple[str, ...]
    task: str = "classification"
    recipe: Recipe | None = None
    temperature: float = 1.0
    notes: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[FittedModel, ...] = ()
    parts: tuple[float, ...] = ()
    conformal: ConformalSets | None = None
    thresholds: tuple[float, ...] = ()

    @classmethod
    def of(cls, classifier: Classifier, class_names: tuple[str, ...], **facts: Any) -> FittedModel:
        """Return a fitted model that shares the classifier's backbone and copies its head."""
        return cls(classifier.backbone, classifier.linear_head(), class_names, **facts)

    @property
    def card(self) -> ModelCard:
        """The card of the pretrained model it was made from."""
        return self.backbone.card

    @property
    def modality(self) -> str:
        """``image`` or ``text``."""
        return self.card.modality

    @property
    def beside(self) -> str:
        """In words what answers together with this model, "" if nothing does."""
        if self.parts and len(self.members) == 1:
            return f"with a linear probe beside it ({self.parts[1]:.0%} of the answer)"
        return f"together with {len(self.members)} more models" if self.members else ""

    def embed(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        """Return embeddings float32 (N, D); of an ensemble, those of its first model."""
        chunks = [self._forward(chunk) for chunk in self._batches(inputs)]
        return np.concatenate([np.zeros((0, self.backbone.embedding_size), dtype=np.float32), *chunks])

    def logits(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        """Return logits float32 (N, C), before the temperature; of an ensemble, logarithms of its mean."""
        own = self.head.logits(self.embed(inputs))
        if not self.members or self.head.link != "softmax":
            return own
        answers = [softmax(own.astype(np.float64), axis=1), *(each.predict_proba(inputs) for each in self.members)]
        return np.log(np.clip(mean_probabilities(answers, self.parts), _TINY, None)).astype(np.float32)

    def answers(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        """Return the answers float32 (N, C), columns in the order of ``class_names``: probabilities or numbers."""
        own = LINKS[self.head.link](self.logits(inputs).astype(np.float64) / self.temperature).astype(np.float32)
        if not self.members or self.head.link == "softmax":
            return own
        answers = [own, *(each.answers(inputs) for each in self.members)]
        return mean_probabilities(answers, self.parts).astype(np.float32)

    def predict_proba(self, inputs: Sequence[Any]) -> NDArray[np.float32]:
        """Return class or label probabilities float32 (N, C), columns in the order of ``class_names``.

        Raises
        ------
        InvalidInput
            If the model predicts numbers.
        """
        if self.head.link == "identity":
            raise InvalidInput("the model predicts numbers and has no probabilities; call predict", field="task")
        return self.answers(inputs)

    def predict(self, inputs: Sequence[Any]) -> list[Any]:
        """Return for each input the name of the most probable class, its labels as a list, or the number."""
        told = self.logits(inputs) if self.head.link == "softmax" else self.answers(inputs)
        return learning_tasks.get(self.task).decode(told, self.class_names, self.thresholds)

    def predict_sets(self, inputs: Sequence[Any]) -> list[tuple[str, ...]]:
        """Return for each input the classes that cannot be excluded, the most probable first.

        A set misses the right class for a share of at most ``conformal.alpha`` of inputs that are drawn as the
        job's calibration examples were.

        Raises
        ------
        FailedPrecondition
            If the job was not asked for prediction sets.
        """
        if self.conformal is None:
            raise FailedPrecondition(
                "the model has no prediction sets; run the job with the option conformal (alpha, such as 0.1)",
                field="conformal",
            )
        probabilities = self.predict_proba(inputs)
        inside = self.conformal.members(probabilities)
        order = np.argsort(-probabilities, axis=1, kind="stable")
        return [
            tuple(self.class_names[index] for index in ranked if row[index])
            for row, ranked in zip(inside, order, strict=True)
        ]

    def save(self, directory: Path | str) -> Path:
        """Write weights, ``model.json``, tokenizer files and a README into ``directory`` and return it."""
        from automl_tl.finetune.model_files import write_model

        return write_model(self, Path(directory))

    def _batches(self, inputs: Sequence[Any]) -> Iterator[list[Example]]:
        """Yield the decoded inputs some at a time; those on demand are read no sooner than that."""
        examples = inputs if isinstance(inputs, ExamplesOnDemand) else decode_inputs(self.modality, inputs)
        for start in range(0, len(examples), _BATCH):
            yield list(examples[start : start + _BATCH])

    def _forward(self, examples: list[Example]) -> NDArray[np.float32]:
        device = next(self.backbone.parameters()).device
        batch = {name: tensor.to(device) for name, tensor in self.backbone.preprocess(examples).items()}
        self.backbone.eval()
        with torch.inference_mode():
            return self.backbone(batch).float().cpu().numpy()


def load(path: Path | str) -> FittedModel:
    """Load a fitted model from the directory or .zip file that a job returned; needs neither service nor network.

    Raises
    ------
    NotFound
        If there is no such path.
    InvalidInput
        If it is not a saved model.
    DataCorrupted
        If a file is damaged or was changed: digests are checked before anything is used.
    FailedPrecondition
        If it was written by a newer version of this package.
    """
    from automl_tl.finetune.model_files import read_model

    return read_model(Path(path))
