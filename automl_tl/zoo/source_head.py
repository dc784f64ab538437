"""The source head as a constant that rides along with a backbone, and weights under library names."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from automl_tl.errors import ModelUnavailable

__all__ = ["as_constant", "load_native", "native_state"]


def as_constant(head: nn.Linear) -> nn.Linear:
    """Turn the head's parameters into buffers: saved and moved with the model, never trained."""
    for name, parameter in list(head.named_parameters(recurse=False)):
        del head._parameters[name]
        head.register_buffer(name, parameter.detach())
    return head


def native_state(network: nn.Module, head: nn.Module | None, head_name: str) -> dict[str, torch.Tensor]:
    """Return the weights of network and head under the library's own names."""
    state = dict(network.state_dict())
    if head is not None:
        state.update({f"{head_name}.{key}": value for key, value in head.state_dict().items()})
    return state


def load_native(
    network: nn.Module, head: nn.Module | None, head_name: str, state: Mapping[str, torch.Tensor], *, what: str
) -> None:
    """Copy weights under the library's own names into network and head.

    Raises
    ------
    ModelUnavailable
        Naming the first key that is missing, unexpected or of another shape; nothing is copied then.
    """
    wanted = native_state(network, head, head_name)
    given = dict(state)
    if head is None and head_name:
        given = {key: value for key, value in given.items() if not key.startswith(f"{head_name}.")}
    _compare(wanted, given, what)
    with torch.no_grad():
        for key, target in wanted.items():
            target.copy_(given[key])


def _compare(wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor], what: str) -> None:
    missing = [key for key in wanted if key not in given]
    unexpected = sorted(set(given) - set(wanted))
    if missing:
        raise ModelUnavailable(
            f"{what}: the weight file lacks {missing[0]!r} ({len(missing)} of {len(wanted)} tensors are missing);"
            " it belongs to another architecture",
            field=missing[0],
        )
    if unexpected:
        raise ModelUnavailable(
            f"{what}: the weight file holds {unexpected[0]!r}, which the architecture does not have"
            f" ({len(unexpected)} such tensors)",
            field=unexpected[0],
        )
    for key, target in wanted.items():
        if target.shape != given[key].shape:
            raise ModelUnavailable(
                f"{what}: {key!r} has shape {tuple(given[key].shape)} but the architecture needs"
                f" {tuple(target.shape)}",
                field=key,
            )
