"""Hide some tokens of each text: what a class rests on must then be found in more than one word.

Gal & Ghahramani, A Theoretically Grounded Application of Dropout in Recurrent Neural Networks, NeurIPS 2016 (word
dropout); Devlin et al., BERT, NAACL 2019, for the mask token, which encoders know from their pretraining.
"""

from __future__ import annotations

import torch

from automl_tl.zoo.backbone import Batch

__all__ = ["hide_tokens"]


def hide_tokens(batch: Batch, share: float, mask_token: int, generator: torch.Generator) -> Batch:
    """Return a batch in which each token is ``mask_token`` with probability ``share``.

    The first and the last token of a text stay: as a rule they only mark its ends, and some embeddings are read
    off the first. Padding stays padding.
    """
    ids, mask = batch["input_ids"], batch["attention_mask"]
    positions = torch.arange(ids.shape[1], device=ids.device)
    last = mask.sum(dim=1, keepdim=True) - 1
    inner = (positions > 0) & (positions < last)
    drawn = (torch.rand(ids.shape, generator=generator) < share).to(ids.device)
    return {**batch, "input_ids": ids.masked_fill(inner & drawn, mask_token)}
