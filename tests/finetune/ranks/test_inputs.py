"""Ranks divide the work of decoding and all have the whole batch."""

from __future__ import annotations

import numpy as np
import torch

from automl_tl.finetune.prepared import PreparedInputs
from automl_tl.finetune.ranks.inputs import SharedInputs
from automl_tl.testing.strategy import tiny_image_backbone

IMAGES = [np.full((16, 16, 3), 10 * number, dtype=np.uint8) for number in range(9)]
ROWS = np.array([5, 2, 8, 0, 4])


def on_ranks_batches(ranks):
    backbone = tiny_image_backbone()
    answers = []
    for limit in (0, 1 << 30):
        inputs = PreparedInputs(backbone, IMAGES, torch.device("cpu"), memory_limit=limit)
        seen, plain = [], backbone.preprocess
        backbone.preprocess = lambda rows, seen=seen, plain=plain: [seen.append(len(rows)), plain(rows)][1]
        batch = SharedInputs(inputs, ranks).batch(ROWS)["pixels"]
        del backbone.preprocess
        answers.append((seen, batch, inputs.batch(ROWS)["pixels"]))
    return answers


def test_each_rank_prepares_its_part_of_what_is_not_kept_and_has_all(told):
    """Five images: three on the first rank, two on the second; none anew where all are kept in memory."""
    for rank, answers in enumerate(told["batches"]):
        assert [seen for seen, _, _ in answers] == [[3 - rank], []]
        for _, batch, expected in answers:
            assert torch.equal(batch, expected)
