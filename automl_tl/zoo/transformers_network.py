"""A network of transformers with the weights of a directory; no code from the directory is run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, PretrainedConfig
from transformers.utils import logging as transformers_logging

from automl_tl.errors import ModelUnavailable
from automl_tl.zoo.weights import Weights

__all__ = ["network_with_weights", "read_config"]


def read_config(directory: Path) -> PretrainedConfig:
    """Return the configuration in ``config.json``; raises ModelUnavailable with the reason."""
    try:
        return AutoConfig.from_pretrained(directory, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # config classes validate their fields with exception types of their own
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise ModelUnavailable(f"config.json cannot be used: {reason}", field="config.json") from error


def network_with_weights(
    kind: Any, config: PretrainedConfig, weights: Weights, *, what: str
) -> tuple[Any, list[str]]:
    """Build a network with the file's weights; transformers knows the older names of its tensors.

    Parameters
    ----------
    kind
        Class of the network, such as ``BertModel``.
    what
        The model's id, for messages.

    Returns
    -------
    The network in float32 and evaluation mode, and the names of the tensors that the file lacks, ascending; those
    hold random numbers. Tied tensors are there when one of them is.

    Raises
    ------
    ModelUnavailable
        If a tensor does not fit the architecture.
    """
    try:
        with _quiet():
            network, report = kind.from_pretrained(
                None,
                config=config,
                state_dict=weights.tensors,
                output_loading_info=True,
                dtype=torch.float32,
                trust_remote_code=False,
            )
    except (RuntimeError, ValueError, KeyError, TypeError, OSError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelUnavailable(f"{what}: the weights do not fit the architecture: {reason}") from error
    return network.eval(), sorted(report["missing_keys"])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' progress bar and loading table off the terminal; the report is read instead."""
    level, bar = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bar:
            transformers_logging.enable_progress_bar()
