"""A rank and its watcher talk over a pipe."""

from __future__ import annotations

import math
from multiprocessing import Pipe

from automl_tl.finetune.ranks.messages import Watcher, Word
from automl_tl.finetune.workload import CurvePoint


def test_questions_have_answers_and_words_have_none():
    """In order, with any plain value."""
    own, theirs = Pipe()
    watcher = Watcher(theirs)
    for answer in (-math.inf, False, "task"):
        own.send(answer)
    assert watcher.remaining() == -math.inf
    point = CurvePoint(1, 0.5, 2.0, 0.1)
    assert watcher.report(point) is False
    assert watcher.ask(Word.READY) == "task"
    watcher.tell(Word.DONE, 7)
    heard = [own.recv() for _ in range(4)]
    assert heard == [(Word.REMAINING, None), (Word.REPORT, point), (Word.READY, None), (Word.DONE, 7)]


def test_a_rank_waits_until_nobody_watches():
    """Whatever comes before is not for it any more."""
    own, theirs = Pipe()
    own.send("late")
    own.close()
    Watcher(theirs).wait_for_the_end()
