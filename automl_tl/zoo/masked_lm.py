"""A text encoder with the head it was pretrained with, which tells how probable a hidden token is.

The head is evidence on the source domain and never part of a backbone: it is neither tuned nor saved.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import MODEL_FOR_MASKED_LM_MAPPING

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.card import ModelCard
from automl_tl.zoo.transformers_network import network_with_weights, read_config
from automl_tl.zoo.weights import find_weight_files, read_weights

__all__ = ["MaskedLanguageModel", "load_masked_language_model"]


class MaskedLanguageModel:
    """Probabilities of hidden tokens.

    Parameters
    ----------
    network
        An encoder of transformers with its masked-language head, in evaluation mode.
    """

    def __init__(self, network: Any) -> None:
        self._network = network
        network.base_model.register_forward_hook(self._keep_asked)
        self._asked: torch.Tensor | None = None

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens that a hidden one can be."""
        return int(self._network.config.vocab_size)

    def to(self, device: torch.device) -> None:
        """Move the network to a device."""
        self._network.to(device)

    def log_probabilities(
        self, ids: torch.Tensor, mask: torch.Tensor, places: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """Return ``ln P(tokens_b at places_b | ids_b)`` as float64 (B,) on the CPU.

        Parameters
        ----------
        ids, mask
            int64 (B, T) with the mask token at ``places``, and the attention mask.
        places, tokens
            int64 (B,).
        """
        self._asked = places
        with torch.inference_mode():
            logits = self._network(input_ids=ids, attention_mask=mask).logits
        if logits.shape[:2] != (len(ids), 1):
            raise ValueError("the masked-language head does not read one position at a time")
        chances = logits[:, 0].double().log_softmax(dim=1)
        return chances.gather(1, tokens[:, None])[:, 0].cpu()

    def _keep_asked(self, _: Any, __: Any, output: Any) -> Any:
        """Hand the head one position of each text: at all of them its logits would need T times the memory."""
        states = output.last_hidden_state
        assert self._asked is not None
        output["last_hidden_state"] = states[torch.arange(len(states), device=states.device), self._asked][:, None]
        return output


def load_masked_language_model(card: ModelCard, directory: Path) -> MaskedLanguageModel:
    """Load a directory in transformers' layout with its masked-language head, on the CPU in float32.

    Raises
    ------
    ModelUnavailable
        If the architecture has no such head, or the weight file does not hold it.
    """
    config = read_config(directory)
    kind: Any = MODEL_FOR_MASKED_LM_MAPPING.get(type(config), None)
    if kind is None or config.is_encoder_decoder:
        raise ModelUnavailable(f"{card.id}: {config.model_type!r} has no masked-language head in transformers")
    weights = read_weights(find_weight_files(directory))
    network, absent = network_with_weights(kind, config, weights, what=card.id)
    if absent:
        raise ModelUnavailable(
            f"{card.id}: the weight file holds no masked-language head: it lacks {absent[0]!r}", field=absent[0]
        )
    return MaskedLanguageModel(network)
