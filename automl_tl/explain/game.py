"""The coalition game behind every explanation: which features are shown decides the model's outputs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from automl_tl.errors import DeadlineReached
from automl_tl.explain.maskers.base import MaskedBatch, Masker
from automl_tl.explain.network import Network, combined

__all__ = ["Game", "value_together"]

Masks = NDArray[np.bool_]
Values = NDArray[np.float64]


class Game:
    """One input's game: ``game(masks)`` is the model's outputs when only the features of each mask are shown.

    Each coalition is evaluated once, in batches, and never after the deadline. Evaluating one twice in differently
    composed batches may differ in the last float32 bits; remembering the first answer keeps additivity exact.

    Parameters
    ----------
    players
        A masker and the network that reads its batches, one pair per member of an ensemble; all maskers have the
        same features.
    link
        What makes answers of outputs, for ensembles.
    remaining
        Seconds left.
    """

    def __init__(
        self,
        players: Sequence[tuple[Masker, Network]],
        *,
        link: str = "softmax",
        batch_size: int = 64,
        remaining: Callable[[], float] = lambda: float("inf"),
    ) -> None:
        self.players = tuple(players)
        self.link = link
        self.batch_size = batch_size
        self.remaining = remaining
        self.evaluations = 0
        self.seconds = 0.0
        self._known: dict[bytes, Values] = {}
        self._shift: Values | None = None

    @property
    def shift(self) -> Values | None:
        """How far :meth:`anchor` moved both ends (2, C), None where it did not."""
        return self._shift

    @property
    def masker(self) -> Masker:
        """The first member's masker, whose names stand for all."""
        return self.players[0][0]

    @property
    def n_features(self) -> int:
        """Number of features F."""
        return self.masker.n_features

    @property
    def seconds_per_evaluation(self) -> float:
        """Mean time of an evaluation so far; a nanosecond before the first."""
        return max(self.seconds / max(self.evaluations, 1), 1e-9)

    def __call__(self, masks: Masks) -> Values:
        """Return outputs float64 (B, C) of coalitions bool (B, F); raises DeadlineReached when time is over."""
        return value_together([self], [masks])[0]

    def ends(self) -> Values:
        """Return the outputs (2, C) with everything hidden and with everything shown."""
        return self(np.stack([np.zeros(self.n_features, dtype=bool), np.ones(self.n_features, dtype=bool)]))

    def unknown(self, masks: Masks) -> dict[bytes, int]:
        """Return the coalitions that were not evaluated yet: key and row."""
        keys = [mask.tobytes() for mask in masks]
        return {key: row for row, key in enumerate(keys) if key not in self._known}

    def known(self, masks: Masks) -> Masks:
        """Return which coalitions (B, F) were evaluated already, (B,)."""
        return np.array([mask.tobytes() in self._known for mask in masks], dtype=bool)

    def anchor(self, exact: Values) -> None:
        """Move outputs so that both ends are ``exact`` (2, C), for a precision that is a little off there.

        The shift goes evenly from one end's to the other's with the number of features that are shown, so that no
        feature is given the whole of it.
        """
        self._shift = np.zeros_like(exact)
        self._shift = exact - self.ends()

    def learn(self, keys: Sequence[bytes], values: Values) -> None:
        """Remember the outputs of these coalitions."""
        self._known.update(zip(keys, values, strict=True))
        self.evaluations += len(keys)

    def recall(self, masks: Masks) -> Values:
        """Return the outputs of coalitions that are all known."""
        known = np.stack([self._known[mask.tobytes()] for mask in masks])
        if self._shift is None:
            return known
        shown = masks.mean(axis=1, keepdims=True)
        return np.asarray(known + (1 - shown) * self._shift[0] + shown * self._shift[1])


def value_together(games: Sequence[Game], masks: Sequence[Masks]) -> list[Values]:
    """Return the outputs of each game's coalitions; batches are filled across games that share their networks.

    Raises
    ------
    DeadlineReached
        If a game's time is over before its coalitions are known; what was evaluated stays known.
    """
    laid_out = [np.ascontiguousarray(each, dtype=bool) for each in masks]
    waiting = [
        (game, mask[row], key)
        for game, mask in zip(games, laid_out, strict=True)
        for key, row in game.unknown(mask).items()
    ]
    while waiting:
        first = waiting[0][0]
        if first.remaining() <= 0:
            raise DeadlineReached("no time is left to evaluate more coalitions of this explanation")
        together = [each for each in waiting if _same_networks(each[0], first)][: first.batch_size]
        _evaluate(together)
        done = {id(each[1]) for each in together}
        waiting = [each for each in waiting if id(each[1]) not in done]
    return [game.recall(mask) for game, mask in zip(games, laid_out, strict=True)]


def _same_networks(one: Game, other: Game) -> bool:
    if one is other:
        return True
    mine, theirs = ([network for _, network in game.players] for game in (one, other))
    return mine == theirs


def _evaluate(chosen: Sequence[tuple[Game, NDArray[np.bool_], bytes]]) -> None:
    """Evaluate coalitions of games that share their networks, in one pass of each network."""
    started = time.perf_counter()
    games = list(dict.fromkeys(game for game, _, _ in chosen))
    rows = [[position for position, each in enumerate(chosen) if each[0] is game] for game in games]
    masks = [np.stack([chosen[position][1] for position in mine]) for mine in rows]
    outputs = []
    for member, (_, network) in enumerate(games[0].players):
        maskers = [game.players[member][0] for game in games]
        batches = [masker.batch(mask) for masker, mask in zip(maskers, masks, strict=True)]
        raw = network.outputs(batches[0] if len(batches) == 1 else _joined(batches, network))
        sizes = [len(mask) * masker.copies for masker, mask in zip(maskers, masks, strict=True)]
        split = np.split(raw, np.cumsum(sizes)[:-1])
        outputs.append(
            [part.reshape(-1, masker.copies, part.shape[1]) for masker, part in zip(maskers, split, strict=True)]
        )
    seconds = time.perf_counter() - started
    for position, game in enumerate(games):
        parts = [network.part for _, network in game.players]
        values = combined(game.link, [member[position].mean(axis=1) for member in outputs], parts)
        game.learn([chosen[row][2] for row in rows[position]], values)
        game.seconds += seconds * len(rows[position]) / len(chosen)


def _joined(batches: Sequence[MaskedBatch], network: Network) -> MaskedBatch:
    """Return one batch; token ids of shorter texts are filled up and hidden from the attention."""
    pad = int(getattr(getattr(network.backbone, "tokenizer", None), "pad_token_id", 0))
    fill = {"input_ids": pad, "attention_mask": 0}
    joined = {}
    for name in batches[0]:
        tensors = [batch[name] for batch in batches]
        if name in fill:
            width = max(tensor.shape[1] for tensor in tensors)
            tensors = [
                torch.nn.functional.pad(tensor, (0, width - tensor.shape[1]), value=fill[name])
                for tensor in tensors
            ]
        joined[name] = torch.cat(tensors)
    return joined
