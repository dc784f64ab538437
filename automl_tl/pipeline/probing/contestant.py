"""What one candidate has shown so far in the race."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.pipeline.probing.halving import Departure, Standings
from automl_tl.pipeline.probing.request import ProbeOutcome

__all__ = ["Contestant"]

_TOO_LATE = "not probed: the time set aside for probing was used up"


@dataclass
class Contestant:
    """One candidate.

    Attributes
    ----------
    work_per_row
        Operations that a row is foretold to take, which is then what it costs; None where seconds are measured.
    outcome
        Its latest answer; the seconds in its embeddings are those of all rungs.
    examples
        Rows that it was embedded on.
    seconds
        Of embedding, all rungs together.
    finished
        Whether it has seen everything.
    standings, compared
        Its last comparison with others, and on how many examples.
    """

    model: str
    work_per_row: float | None = None
    outcome: ProbeOutcome | None = None
    examples: int = 0
    seconds: float = 0.0
    finished: bool = False
    standings: Standings | None = None
    compared: int = 0
    departure: Departure | None = None
    failure: str = ""

    @property
    def running(self) -> bool:
        """Whether it is still in the race."""
        return not self.failure and self.departure is None

    @property
    def spent(self) -> float:
        """What embedding has cost so far: operations as foretold, else the measured seconds."""
        return self.seconds if self.work_per_row is None else self.work_per_row * self.examples

    def cost_of(self, examples: int) -> float:
        """Return what is missing until it has seen this many examples, in the unit of ``spent``."""
        return self._missing(examples) * self.spent / max(self.examples, 1)

    def time_of(self, examples: int) -> float:
        """Return the seconds, loading included, until it has seen this many examples."""
        if self.outcome is None or examples <= self.examples:
            return 0.0
        return self.outcome.load_seconds + self._missing(examples) * self.seconds / max(self.examples, 1)

    def _missing(self, examples: int) -> int:
        return max(examples - self.examples, 0)

    def features(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of rows that it has seen, in this order."""
        assert self.outcome is not None
        assert self.outcome.embeddings is not None
        return self.outcome.embeddings.select(rows)

    @property
    def place(self) -> int:
        """Its place in the last comparison, from 0; 0 if there was none."""
        return self.standings.models.index(self.model) if self.standings is not None else 0

    def compare(self, found: Standings, examples: int) -> None:
        """Remember a comparison with others on this many examples."""
        self.standings, self.compared = found, examples

    def take(self, outcome: ProbeOutcome, *, examples: int, last: bool) -> None:
        """Take in what a rung gave: embeddings of all ``examples`` so far, or why there are none."""
        cost = outcome.cost or (self.outcome.cost if self.outcome is not None else None)
        self.outcome = replace(outcome, cost=cost)
        self.failure = outcome.error
        if outcome.embeddings is None:
            return
        self.examples, self.finished = examples, last
        self.seconds += outcome.embeddings.seconds
        self.outcome = replace(self.outcome, embeddings=replace(outcome.embeddings, seconds=self.seconds))

    def leave(self, reason: str, *, total: int, everything: int) -> None:
        """Leave the race: with its last standing out of ``total`` examples, or unseen where it has none.

        ``everything`` counts the rows that a finalist sees.
        """
        if self.standings is None:
            self.failure = _TOO_LATE
            return
        missing = self.time_of(everything)
        self.departure = self.standings.departure(self.model, self.compared, total, reason, missing)
        if self.outcome is not None:
            self.outcome = replace(self.outcome, embeddings=None)

    def come_back(self) -> None:
        """Take part again after having left."""
        self.departure = None
