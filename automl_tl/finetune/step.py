"""One update of the weights, in as many parts as memory asks for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import OutOfMemory
from automl_tl.finetune.augment import Augmenter
from automl_tl.finetune.classifier import Classifier
from automl_tl.finetune.compiled import Compiled
from automl_tl.finetune.device import is_out_of_memory
from automl_tl.finetune.mixed_precision import MixedPrecision
from automl_tl.finetune.mixing import Mixture, mix
from automl_tl.finetune.objective import Objective
from automl_tl.finetune.optimiser import Anchors
from automl_tl.finetune.ranks.group import Ranks
from automl_tl.finetune.ranks.share import share_of
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.training_data import TrainingData, recipe_weights

__all__ = ["Step"]

_CLIP = 1.0
_SEED_STRIDE = 1_000_003


class Step:
    """Takes optimiser steps; halves the micro-batch and accumulates gradients when memory runs out.

    Whatever an update draws at random - augmentation, dropout, stochastic depth - is a function of the seed and
    the number of the update, so a run that pauses and goes on draws the same as one that does not.

    Parameters
    ----------
    ranks
        The processes that take each step together, this one among them; None if it is alone.
    compiled
        Whether the backbone's passes are compiled; where that fails, it runs as it is.

    Attributes
    ----------
    micro_batch
        Examples of one forward pass, over all ranks.
    """

    def __init__(
        self,
        classifier: Classifier,
        optimiser: torch.optim.Optimizer,
        objective: Objective,
        data: TrainingData,
        recipe: Recipe,
        device: torch.device,
        seed: int,
        ranks: Ranks | None = None,
        *,
        compiled: bool = False,
    ) -> None:
        self.micro_batch = recipe.batch_size
        self._seed = seed
        self._classifier = classifier
        self._optimiser = optimiser
        self._objective = objective
        self._anchors = Anchors(optimiser)
        self._recipe = recipe
        self._device = device
        self._augment = Augmenter(recipe, classifier.backbone)
        self.precision = MixedPrecision(classifier.backbone, device)
        self._labels = torch.from_numpy(data.labels).to(device)
        self._weights = torch.from_numpy(recipe_weights(data, recipe)).to(device)
        self._trained = [p for entry in optimiser.param_groups for p in entry["params"]]
        self._share = share_of(ranks, classifier, self._trained)
        self._inputs = self._share.inputs(data.inputs)
        self._compiled = Compiled(classifier.backbone, wanted=compiled and ranks is None)

    def ahead(self, batches: Iterator[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
        """Yield the batches of indices; what they take is made ready while another step is computed."""
        return self._inputs.ahead(batches)

    def __call__(self, indices: NDArray[np.int64], update: int) -> float:
        """Take the step and return the mean loss of the batch.

        Raises
        ------
        OutOfMemory
            If not even two examples fit into memory.
        """
        while True:
            try:
                loss = self._accumulate(indices, update)
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    if not self._compiled.give_up(error):
                        raise
                    continue
                self._share.tell_out_of_memory(error)
                self._shrink(len(indices), error)
        self.precision.step(self._optimiser, lambda: torch.nn.utils.clip_grad_norm_(self._trained, _CLIP))
        self._anchors.pull()
        return loss

    def _accumulate(self, indices: NDArray[np.int64], update: int) -> float:
        self._optimiser.zero_grad(set_to_none=True)
        seed = self._seed * _SEED_STRIDE + update
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        mixture = self._draw(indices, generator)
        own = self._labels[torch.from_numpy(indices).to(self._device)]
        targets = [(own, mixture.share)]
        if mixture.share < 1:
            targets.append((own[mixture.partners.to(self._device)], 1 - mixture.share))
        total = sum(share * self._objective.total(labels, self._weights) for labels, share in targets)
        self._share.seed(seed)
        summed = 0.0
        for start in range(0, len(indices), self.micro_batch):
            stop = min(start + self.micro_batch, len(indices))
            part, counts = self._share.part(start, stop, self._objective.granule)
            with self.precision.context(), self._share.statistics(counts), self._compiled.passes():
                outputs = self._objective.outputs(
                    self._classifier, {name: value[part] for name, value in mixture.batch.items()}
                )
            parts = [
                share * self._objective.loss(outputs, labels[part], self._weights).sum()
                for labels, share in targets
            ]
            loss = torch.stack(parts).sum() / total
            if not counts:
                loss = loss * 0
            self.precision.backward(loss)
            summed += loss.item()
        return self._share.add_up(summed)

    def _draw(self, indices: NDArray[np.int64], generator: torch.Generator) -> Mixture:
        """Return the examples, changed at random and, where the objective allows it, mixed with each other."""
        batch = self._augment(self._inputs.batch(indices), generator)
        if "pixels" in batch:
            batch = {**batch, "pixels": batch["pixels"].contiguous(memory_format=torch.channels_last)}
        if self._objective.mixes:
            return mix(batch, self._recipe, generator)
        return Mixture(batch, torch.arange(len(indices)), 1.0)

    def _shrink(self, batch_size: int, error: BaseException) -> None:
        present = min(self.micro_batch, batch_size)
        if present // 2 < max(self._share.smallest, self._objective.granule):
            raise OutOfMemory(
                f"out of memory: even {present} examples at a time do not fit "
                f"(batch_size {self._recipe.batch_size}); try a smaller model or more frozen blocks",
                field="batch_size",
            ) from error
        self.micro_batch = present // 2 // self._objective.granule * self._objective.granule
        self._optimiser.zero_grad(set_to_none=True)
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
