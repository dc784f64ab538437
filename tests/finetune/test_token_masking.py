"""Inner tokens are hidden at the asked rate; ends and padding never."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from automl_tl.finetune.token_masking import hide_tokens

MASK = 99


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(0, 50))
def test_ends_and_padding_stay(lengths, seed):
    width = max(lengths)
    mask = (torch.arange(width)[None] < torch.tensor(lengths)[:, None]).long()
    ids = mask * torch.arange(1, width + 1)
    batch = {"input_ids": ids, "attention_mask": mask}
    hidden = hide_tokens(batch, 0.5, MASK, torch.Generator().manual_seed(seed))
    changed = hidden["input_ids"] != ids
    assert not changed[:, 0].any()
    assert not changed[torch.arange(len(lengths)), torch.tensor(lengths) - 1].any()
    assert not changed[mask == 0].any()
    assert (hidden["input_ids"][changed] == MASK).all()
    assert torch.equal(hidden["attention_mask"], mask)


def test_the_share_is_the_asked_one():
    batch = {
        "input_ids": torch.ones(50, 102, dtype=torch.long),
        "attention_mask": torch.ones(50, 102, dtype=torch.long),
    }
    hidden = hide_tokens(batch, 0.15, MASK, torch.Generator().manual_seed(0))["input_ids"] == MASK
    assert hidden[:, 1:-1].float().mean() == pytest.approx(0.15, abs=0.02)
