"""The mean of backbones gets a head that was solved for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automl_tl.finetune.mean_head import with_solved_head
from automl_tl.finetune.recipe import Recipe
from automl_tl.finetune.straight_run import straight_run


def test_a_head_of_another_backbone_is_replaced_by_one_that_knows_the_rows(
    workload, model_id, load_tiny, unlimited
):
    """Its labels were turned round; afterwards it is as good as a probe of the same embeddings."""
    recipe = Recipe("full_finetune", updates=6, batch_size=12)
    model = straight_run(
        workload, model=model_id, recipe=recipe, updates=6, seed=1, remaining=unlimited, load_model=load_tiny
    )
    wrong = replace(model, head=replace(model.head, weight=-model.head.weight))
    solved = with_solved_head(wrong, workload, recipe, seed=0)
    inputs, labels = workload.train.inputs, workload.train.labels
    assert (wrong.answers(inputs).argmax(axis=1) == labels).mean() < 0.5
    assert (solved.answers(inputs).argmax(axis=1) == labels).mean() > 0.9
    for name, tensor in solved.backbone.state_dict().items():
        np.testing.assert_array_equal(tensor, model.backbone.state_dict()[name])
