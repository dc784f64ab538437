"""The program of a rank tells what became of it, and ends with the process that started it."""

from __future__ import annotations

import math

from automl_tl.errors import NotFound
from automl_tl.finetune.ranks.messages import Word
from automl_tl.finetune.ranks.processes import RankProcesses
from automl_tl.finetune.ranks.task import RankTask
from automl_tl.finetune.recipe import Recipe


def test_a_rank_tells_its_error_and_waits_to_be_ended(workload, model_id, tmp_path):
    """It asks for its task when it can take it; the pretrained model of this one was never written."""
    recipe = Recipe("full_finetune", updates=3, batch_size=4)
    with RankProcesses(1) as processes:
        (rank,) = processes.ranks
        assert rank.connection.recv() == (Word.READY, None)
        rank.connection.send(RankTask(workload, "t0001", model_id, recipe, 0, folder=tmp_path).for_rank(0))
        word, error = rank.connection.recv()
        while word is Word.REMAINING:
            rank.connection.send(math.inf)
            word, error = rank.connection.recv()
        assert word is Word.FAILED
        assert isinstance(error, NotFound)
        assert "no model directory" in error.message
        assert rank.alive
        rank.connection.close()
        assert rank.process.wait(30) == 0
