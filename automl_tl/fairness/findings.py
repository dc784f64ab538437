"""What the fairness room finds besides rates by group: statements, slices, shortcuts, inheritance, remedies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "NOT_TRIED",
    "BiasCell",
    "Finding",
    "Inherited",
    "InheritedRow",
    "Mitigation",
    "Reliability",
    "ReliabilityBin",
    "SliceCard",
    "SliceReport",
    "SpuriousProbe",
    "StateChange",
]

NOT_TRIED = "not tried"
"""How the reason of a remedy begins that nobody looked into, unlike one that cannot be or did not help."""


@dataclass(frozen=True)
class Finding:
    """One rate of one attribute: does any group differ from the rest?

    Attributes
    ----------
    gap
        Largest minus smallest group value among groups that can be measured.
    group
        Group whose difference from the rest is least like chance, "" if nothing was tested.
    p_value
        Permutation p-value of that difference being the largest of all groups: exact for shares, by random
        shuffles for means.
    p_adjusted
        After Holm's correction over the family.
    verdict
        ``violation``, ``no_evidence_of_violation`` or ``insufficient_evidence``.
    detectable_gap
        Gap that would be found four times out of five; what silence leaves open.
    reason
        Why there is no verdict, or what limits it; "" if nothing does.
    """

    rate: str
    gap: float | None
    group: str
    p_value: float | None
    p_adjusted: float | None
    verdict: str
    detectable_gap: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class SliceCard:
    """A cluster of similar inputs, found without looking at errors.

    ``exemplars`` are ids of the rows nearest to its centre; ``enrichment`` maps what is more frequent inside than
    outside (``column=value``, or a word) to its odds ratio.
    """

    name: str
    count: int
    errors: int
    error_rate: float
    low: float
    high: float
    rest_error_rate: float | None
    p_value: float
    p_adjusted: float
    flagged: bool
    exemplars: tuple[str, ...] = ()
    enrichment: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SliceReport:
    """All clusters that were tested, worst first; ``summary`` says why there are none.

    ``meaning`` says what counts as an error, "" where that is a wrong answer.
    """

    slices: tuple[SliceCard, ...]
    count: int
    errors: int
    verdict: str
    summary: str
    alpha: float = 0.05
    meaning: str = ""

    @property
    def flagged(self) -> tuple[SliceCard, ...]:
        """Clusters in which the model fails more often than chance explains."""
        return tuple(card for card in self.slices if card.flagged)


@dataclass(frozen=True)
class SpuriousProbe:
    """Could the model use a property of the file instead of its content?

    Attributes
    ----------
    trait
        Such as ``file size``, ``aspect ratio``, ``background brightness``, ``text length``, ``source``.
    association
        With the true class, in [0, 1]: the correlation ratio (share of the trait's variance that lies between
        classes) or Cramér's V for words.
    p_value, p_adjusted
        Permutation test of the association, and after Holm over the traits.
    readable
        How well the embedding tells the trait: cross-validated R2 or balanced accuracy above chance, in [0, 1];
        None where there is no embedding.
    answers
        Association of the trait with the model's answers among rows of one true class, in [0, 1]; ``answers_p``
        its permutation p-value after Holm.
    verdict
        ``shortcut`` (with labels, readable, and with answers given the label), ``warning`` (with labels and
        readable), ``no_evidence`` or ``insufficient_evidence``.
    """

    trait: str
    association: float | None
    p_value: float | None
    p_adjusted: float | None
    readable: float | None
    answers: float | None
    answers_p: float | None
    verdict: str
    summary: str


@dataclass(frozen=True)
class InheritedRow:
    """One term, word set or change of the picture.

    ``value`` is what the kind of test measures, ``low`` and ``high`` its 95 % interval, ``count`` what it rests
    on.
    """

    name: str
    value: float | None
    count: int
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    verdict: str = "insufficient_evidence"
    note: str = ""


@dataclass(frozen=True)
class Inherited:
    """One test of what a model brought along: ``kind`` names it, ``model`` says whose and in which state.

    ``value`` with its interval is the test's headline figure, such as the share of flipped answers. ``shares`` has
    that share for each sentence or picture, in the order asked: what two states of a model are compared by.
    """

    kind: str
    model: str
    what: str
    value: float | None
    low: float | None
    high: float | None
    count: int
    verdict: str
    summary: str
    p_value: float | None = None
    p_floor: float | None = None
    rows: tuple[InheritedRow, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Mitigation:
    """One remedy: tried on one half of held-out data, verified on the other.

    ``before`` and ``after`` hold ``gap``, ``accuracy``, ``worst`` (the figure of those at a disadvantage before,
    the group or the rest) and ``best`` (that of the others) on the verifying half; ``p_value`` is corrected for
    all remedies; ``offered`` is False with a ``reason`` where evidence is missing or the remedy did not help.
    ``basis`` says whose answers it changes, "" where it was not tried; ``method`` is "" where none could be.
    ``thresholds`` are those of an offered remedy by group, 0.5 elsewhere: ``threshold_class`` is answered where
    its probability reaches them. ``file`` is the job's artifact that holds an offered head, "" for none.
    """

    method: str
    attribute: str
    rate: str
    offered: bool
    reason: str
    before: Mapping[str, float | None] = field(default_factory=dict)
    after: Mapping[str, float | None] = field(default_factory=dict)
    accuracy_cost: float | None = None
    cost_low: float | None = None
    cost_high: float | None = None
    p_value: float | None = None
    count: int = 0
    basis: str = ""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    threshold_class: str = ""
    file: str = ""


@dataclass(frozen=True)
class StateChange:
    """One test in two states of a model; ``direction`` is ``better``, ``worse``, ``unclear`` or ``not compared``.

    ``low`` and ``high`` are the 95 % interval of after minus before, None where all differences are equal or there
    are none; ``p_adjusted`` is corrected for all tests of the two states.
    """

    kind: str
    what: str
    before: float | None
    after: float | None
    verdict_before: str
    verdict_after: str
    direction: str
    low: float | None = None
    high: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class BiasCell:
    """What a leaderboard says of one model: its verdict, where it is worst, and the largest gap there.

    Attributes
    ----------
    gap, detectable_gap
        Of the figure ``rate``, which is what the verdict rests on; ``share`` says whether it is a share.
    trial
        Id of the trial that made it, "" where it is none.
    changed
        Share of answers that change though only a term, the light or the background did; None if nobody tried.
    inherited
        Verdict of these tests, "" if there is none.
    inherited_worst
        What they are about: the test with a violation, "" if none.
    """

    model: str
    verdict: str
    attribute: str
    group: str
    gap: float | None
    detectable_gap: float | None = None
    trial: str = ""
    changed: float | None = None
    inherited: str = ""
    inherited_worst: str = ""
    rate: str = ""
    share: bool = True


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of similar confidence.

    ``share`` of them is right, with Wilson's 95 % bounds ``low`` and ``high``; of answers exactly as right as they
    are sure, 95 % of samples of this size lie in [``null_low``, ``null_high``].
    """

    confidence: float
    share: float
    count: int
    low: float
    high: float
    null_low: float
    null_high: float


@dataclass(frozen=True)
class Reliability:
    """Calibration of N answers.

    Attributes
    ----------
    error
        Expected calibration error over the bins; ``null_p95`` is what a perfectly calibrated model exceeds in 5 %
        of samples of this size, ``p_value`` how often it is as large as this.
    brier
        Mean squared distance of the probabilities to the truth, in [0, 2].
    slope, intercept
        Of the truth on the model's log odds of its own answer: 1 and 0 if calibrated, a slope below 1 means
        overconfidence. None where the answers are all right or all wrong.
    verdict
        ``violation``, ``no_evidence_of_violation`` or ``insufficient_evidence``, as in the bias report.
    """

    bins: tuple[ReliabilityBin, ...]
    count: int
    error: float | None
    null_p95: float | None
    p_value: float | None
    brier: float | None
    slope: float | None
    intercept: float | None
    verdict: str
    summary: str
