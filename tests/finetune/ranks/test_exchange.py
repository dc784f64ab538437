"""Sums of any size up to the width, and a word that takes the place of any of them."""

from __future__ import annotations

import torch

from automl_tl.finetune.device import is_out_of_memory
from automl_tl.finetune.ranks.exchange import Exchange, OutOfMemoryElsewhere


def on_ranks_sums(ranks):
    exchange = Exchange(ranks, width=5)
    return [exchange.total(torch.full((n,), 1.5 + ranks.rank)).tolist() for n in (1, 3, 5)]


def on_ranks_word(ranks):
    exchange, heard = Exchange(ranks, width=5), []
    for loser in (0, 1):
        try:
            if ranks.rank == loser:
                exchange.tell_out_of_memory()
            else:
                exchange.total(torch.ones(3))
        except OutOfMemoryElsewhere as error:
            heard.append(is_out_of_memory(error))
    return heard, exchange.total(torch.ones(1)).tolist()


def on_ranks_both_lose(ranks):
    exchange = Exchange(ranks, width=2)
    exchange.tell_out_of_memory()
    return exchange.total(torch.ones(1)).tolist()


def test_sums_are_those_of_all_ranks(told):
    """One and a half and two and a half."""
    assert told["sums"] == [[[4.0], [4.0] * 3, [4.0] * 5]] * 2


def test_who_runs_out_of_memory_is_heard_at_the_next_sum_of_any_size(told):
    """As an error of memory; afterwards sums are sums again."""
    assert told["word"] == [([True], [2.0])] * 2


def test_several_may_run_out_at_once(told):
    """Nobody waits for the other."""
    assert told["both_lose"] == [[2.0]] * 2
