"""What is said about a choice: frozen figures for the report, with the reason wherever one is missing."""

from __future__ import annotations

from dataclasses import dataclass

from automl_tl.finetune.evaluation import Interval

__all__ = [
    "FEWEST_FOR_CLAIMS",
    "FEWEST_TRIALS",
    "LEAST_R2",
    "CostPoint",
    "Influence",
    "ModelChoice",
    "Rivalry",
    "SearchInfluences",
    "Share",
    "Surrogate",
]

FEWEST_TRIALS = 15
"""Below this many trials nothing is said: rank correlation with the truth was 0.6 there, with a wide spread."""
FEWEST_FOR_CLAIMS = 30
"""Below this many trials what is said is marked weak."""
LEAST_R2 = 0.5
"""A surrogate that foretells left-out trials less well than this explains nothing."""


@dataclass(frozen=True)
class Surrogate:
    """How well models of the trials' results foretell trials that they have not seen.

    ``kind`` is the chosen one, ``gaussian_process`` or ``extra_trees``; the two R2 are leave-one-out, in excess of
    what the trials' length of training foretells by itself, NaN where not measured.
    """

    kind: str
    r2_gaussian_process: float
    r2_extra_trees: float

    @property
    def r2(self) -> float:
        """The chosen one's R2."""
        return self.r2_extra_trees if self.kind == "extra_trees" else self.r2_gaussian_process


@dataclass(frozen=True)
class Influence:
    """How much one factor of the search moved the results, on average over trials: mean absolute Shapley value.

    In units of the job's metric. ``low`` and ``high`` bound it with about 95 % confidence. ``within`` names the
    strategies that have the factor; () means all of them.
    """

    factor: str
    size: Interval
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """One factor's share in a single configuration's expected result, or in the difference between two.

    ``value`` and ``other`` are the settings as text, "" where the configuration has no such factor.
    """

    factor: str
    share: float
    value: str
    other: str = ""


@dataclass(frozen=True)
class SearchInfluences:
    """What the trials tell of the search's factors.

    Attributes
    ----------
    status
        ``ok``; ``weak`` with 15 to 29 trials; ``too_few_trials``, ``unpredictable`` (R2 below 0.5) or ``skipped``
        where nothing more is said.
    reason
        One sentence on why it is not ``ok``.
    trials
        How many trials count.
    base, winner, expected
        What the surrogate expects of the trials' settings on average, in units of the metric, the winner's shares,
        and what it expects of the winner: base plus the shares, exactly up to ``additivity_gap``.
    runner_up, difference
        The best trial that differs from the winner in model or strategy, and the shares in what the surrogate
        expects the winner to be better by (in the metric's own sign).
    """

    status: str
    reason: str
    trials: int
    surrogate: Surrogate | None = None
    influences: tuple[Influence, ...] = ()
    base: float = float("nan")
    expected: float = float("nan")
    winner: tuple[Share, ...] = ()
    additivity_gap: float = float("nan")
    runner_up: str = ""
    difference: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Rivalry:
    """The winner against the runner-up on the same rows.

    Attributes
    ----------
    winner, runner_up
        Trial ids.
    rows
        How many, and of which part.
    difference
        Winner minus runner-up on the job's metric, with its paired-bootstrap interval.
    p_value
        Two-sided, of ``test``: ``mcnemar`` (exact, on rows that one of both has right) or ``sign_flip`` (of the
        rows' errors); NaN if not measured, or where rows belong together, with the ``reason``.
    only_winner, only_runner_up
        Rows that only this one has right; -1 where answers are numbers.
    """

    winner: str
    runner_up: str
    rows: int = 0
    part: str = "validation"
    difference: Interval | None = None
    p_value: float = float("nan")
    test: str = ""
    only_winner: int = -1
    only_runner_up: int = -1
    reason: str = ""


@dataclass(frozen=True)
class CostPoint:
    """One trial: what it cost, what it reached, and whether no other trial was at least as good for no more."""

    trial: str
    model: str
    strategy: str
    value: float
    seconds: float
    latency_ms: float
    efficient: bool


@dataclass(frozen=True)
class ModelChoice:
    """Why this model: factors of the search, winner against runner-up, cost beside accuracy."""

    influences: SearchInfluences
    rivalry: Rivalry | None = None
    costs: tuple[CostPoint, ...] = ()
