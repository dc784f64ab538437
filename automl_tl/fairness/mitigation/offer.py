"""Try remedies only where a gap was found, verify them on rows they have not seen, withdraw what does not hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_tl.errors import AutomlError, InvalidInput
from automl_tl.fairness.base import AttributeReport
from automl_tl.fairness.bounds import holm
from automl_tl.fairness.findings import NOT_TRIED, Finding, Mitigation
from automl_tl.fairness.metrics import ACCURACY
from automl_tl.fairness.mitigation.balanced_head import balanced_head
from automl_tl.fairness.mitigation.data import GroupedRows, Predictor
from automl_tl.fairness.mitigation.group_dro import group_dro
from automl_tl.fairness.mitigation.reductions import reductions
from automl_tl.fairness.mitigation.reweighing import reweighing
from automl_tl.fairness.mitigation.thresholds import GroupThresholds, group_thresholds
from automl_tl.fairness.summary import violations, words

__all__ = ["METHODS", "Question", "Remedy", "changeable", "mitigate", "unchangeable"]

METHODS = ("reweighing", "balanced_head", "group_dro", "group_thresholds", "reductions")
"""In order of safety on small data."""

_ALPHA = 0.05
_RESAMPLES = 2000
_FEWEST = 20
_TWO_CLASSES = ("group_thresholds", "reductions")
_OF_THE_OTHER_CLASS = {"true_positive_rate": "false_positive_rate", "false_positive_rate": "true_positive_rate"}
_RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision")


@dataclass(frozen=True)
class Question:
    """What shall become smaller: a rate's gap between one group and the rest.

    ``rate`` is a name of the report such as ``true_positive_rate[yes]``; ``group`` the group's index;
    ``favourable`` the class that is good to get: to be given any other one more often is the harm.
    """

    rate: str
    group: int
    class_names: tuple[str, ...]
    favourable: str = ""

    @property
    def kind(self) -> str:
        """The rate without its class."""
        return self.rate.partition("[")[0]

    @property
    def kind_of_second(self) -> str:
        """The rate of the second of two classes that has the same gap, for remedies that know that class only.

        Who is of the first class and not recognised is wrongly taken for the second: 1 - TPR of one class is the
        FPR of the other. Of other rates both classes have the same gap, or accuracy stands for them.
        """
        first = _class_of(self.rate) == self.class_names[0]
        return _OF_THE_OTHER_CLASS.get(self.kind, self.kind) if first else self.kind

    @property
    def low_is_harm(self) -> bool:
        """Whether the side with the lower rate is the one at a disadvantage."""
        if self.kind == "selection_rate":
            return _class_of(self.rate) == self.favourable
        return self.kind != "false_positive_rate"

    def hits_and_rows(
        self, rows: GroupedRows, said: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which rows count for the rate, as numerator and denominator, bool (N,) each."""
        name = _class_of(self.rate)
        everyone = np.ones(len(rows), dtype=bool)
        if name not in self.class_names:
            return rows.labels == said, everyone
        index = self.class_names.index(name)
        truth, given = rows.labels == index, said == index
        below = {"true_positive_rate": truth, "false_positive_rate": ~truth, "precision": given}
        over = truth if self.kind == "precision" else given
        return over, below.get(self.kind, everyone)


@dataclass(frozen=True, eq=False)
class Remedy:
    """What was found out about a remedy, and what was measured for it: None where nothing could be fitted.

    ``predictor`` answers rows; that of a head is a :class:`~automl_tl.fairness.mitigation.RemedyHead`.
    """

    entry: Mitigation
    predictor: Predictor | None = None


def changeable(findings: Sequence[Finding], class_names: Sequence[str]) -> list[Finding]:
    """Return the violations of accuracy and of rates of a class, which a new answer changes, clearest first."""
    return [
        finding
        for finding in violations(findings)
        if finding.rate == ACCURACY
        or (finding.rate.partition("[")[0] in _RATES and _class_of(finding.rate) in class_names)
    ]


def unchangeable(finding: Finding) -> str:
    """Return why nothing is offered for a violation of another figure, such as a score or the size of a set."""
    return f"not offered: {words(finding.rate)} is no rate that a new answer changes directly"


def _class_of(rate: str) -> str:
    return rate.partition("[")[2].removesuffix("]")


def mitigate(
    report: AttributeReport,
    fit: GroupedRows,
    held_out: GroupedRows,
    answers: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    favourable: str = "",
    methods: Sequence[str] = METHODS,
    seed: int = 0,
    out_of_time: Callable[[], bool] = lambda: False,
) -> tuple[Remedy, ...]:
    """Return every remedy, fitted and judged, for the clearest violation of an attribute that answers can change.

    Heads are fitted on ``fit``; thresholds on one half of the held-out rows. All are verified on the other half: a
    remedy is offered only if the gap there narrows by more than chance (paired resamples, Holm over the remedies),
    if those at a disadvantage are better off and not only the others worse, and if it does not cost more accuracy
    than it narrows the gap. What it costs is stated in any case. The rows belong to those that showed the gap,
    which is therefore rather too large before.

    Parameters
    ----------
    report
        The audit of the attribute; without a violation nothing is tried.
    fit, held_out
        Embeddings, labels and groups (indices into the report's groups) of training rows, and of rows that neither
        the model nor the remedies have seen. With ``held_out.scores`` thresholds are on the model's own
        probability, else on that of a fresh head.
    favourable
        The class that is good to get; of two classes that whose rate shows the violation, if "".
    answers
        int64: the model's own answers on ``held_out``.
    out_of_time
        Asked before each remedy; those that are left when it says so are told as not tried.
    """
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        raise InvalidInput(f"methods must be of {', '.join(METHODS)} but got {unknown[0]!r}", field="methods")
    found = violations(report.findings)
    if not found:
        reason = f"not offered: the audit found no violation for “{report.attribute}”, only chance would be fitted"
        return tuple(Remedy(Mitigation(method, report.attribute, "", False, reason)) for method in methods)
    known = changeable(found, class_names)
    if not known:
        reason, rate = unchangeable(found[0]), found[0].rate
        return tuple(Remedy(Mitigation(method, report.attribute, rate, False, reason)) for method in methods)
    finding = known[0]
    question = Question(
        finding.rate,
        [row.group for row in report.groups].index(finding.group),
        tuple(class_names),
        # Of two classes the report has the rates of the favourable one alone.
        favourable or (_class_of(finding.rate) if len(class_names) == 2 else ""),
    )
    half = _halves(held_out, seed)
    trying, verifying = held_out.part(half), held_out.part(~half)
    tried: list[Remedy] = []
    for method in methods:
        if out_of_time():
            reason = f"{NOT_TRIED}: there was no time left to fit it and to verify it"
            tried.append(Remedy(Mitigation(method, report.attribute, finding.rate, False, reason)))
            continue
        try:
            predictor = _fitted(method, fit, trying, question, seed)
            entry = _verified(method, report, finding, predictor, verifying, answers[~half], question, seed)
            tried.append(Remedy(replace(entry, basis=_basis(method, held_out)), predictor))
        except AutomlError as error:
            reason = f"not offered: {error.message}"
            tried.append(Remedy(Mitigation(method, report.attribute, finding.rate, False, reason)))
    decided = _decided(tried, question)
    groups = [row.group for row in report.groups]
    return tuple(replace(each, entry=_with_thresholds(each, groups, question)) for each in decided)


def _decided(tried: Sequence[Remedy], question: Question) -> list[Remedy]:
    """Return the verified entries with corrected p-values and what follows, the others as they are."""
    adjusted = holm([remedy.entry.p_value for remedy in tried])
    decided = []
    for remedy, p_value in zip(tried, adjusted, strict=True):
        entry = remedy.entry
        if entry.before:
            offered, reason = _decision(entry, p_value, question)
            entry = replace(entry, offered=offered, reason=reason, p_value=p_value)
        decided.append(replace(remedy, entry=entry))
    return decided


def _with_thresholds(remedy: Remedy, groups: Sequence[str], question: Question) -> Mitigation:
    """Return the entry with the thresholds of an offered remedy that has some: they are all that applies it."""
    if not remedy.entry.offered or not isinstance(remedy.predictor, GroupThresholds):
        return remedy.entry
    limits = {groups[group]: limit for group, limit in remedy.predictor.limits.items()}
    return replace(remedy.entry, thresholds=limits, threshold_class=question.class_names[1])


def _halves(rows: GroupedRows, seed: int) -> NDArray[np.bool_]:
    """Return one half of the rows of every group and label."""
    order = np.random.default_rng(seed).permutation(len(rows))
    chosen = np.zeros(len(rows), dtype=bool)
    for cell in np.unique(np.stack([rows.groups, rows.labels]), axis=1).T:
        mine = order[(rows.groups[order] == cell[0]) & (rows.labels[order] == cell[1])]
        chosen[mine[::2]] = True
    return chosen


def _fitted(
    method: str,
    fit: GroupedRows,
    trying: GroupedRows,
    question: Question,
    seed: int,
) -> Predictor:
    n_classes = len(question.class_names)
    if method in _TWO_CLASSES and n_classes != 2:
        raise InvalidInput(f"it needs two classes and there are {n_classes}")
    counted = np.unique(fit.groups[fit.groups >= 0], return_counts=True)[1]
    if method != "group_thresholds" and (len(counted) < 2 or len(np.unique(fit.labels)) < 2):
        raise InvalidInput("the training rows hold fewer than two groups or two classes")
    if method == "group_thresholds":
        sizes = np.unique(trying.groups[trying.groups >= 0], return_counts=True)[1]
        if len(sizes) < 2 or sizes.min() < _FEWEST:
            raise InvalidInput(f"a threshold needs at least {_FEWEST} rows of every group to be chosen by")
        return group_thresholds(
            _own_score if trying.scores is not None else _fresh_score(fit), trying, question.kind_of_second
        )
    if method == "reductions":
        return reductions(fit, question.kind_of_second, seed)
    heads = {"reweighing": reweighing, "balanced_head": balanced_head, "group_dro": group_dro}
    return heads[method](fit, n_classes, seed)


def _basis(method: str, rows: GroupedRows) -> str:
    """Return in words whose answers the remedy changes."""
    if method != "group_thresholds":
        return "a new head on the model's embeddings, in place of the model's own answer"
    if rows.scores is None:
        return "thresholds on the probability of a new head on the model's embeddings"
    return "thresholds on the model's own probability, as it answers"


def _own_score(rows: GroupedRows) -> NDArray[np.floating]:
    assert rows.scores is not None
    return rows.scores


def _fresh_score(fit: GroupedRows) -> Callable[[GroupedRows], NDArray[np.floating]]:
    from automl_tl.finetune.head import fit_linear_head

    head = fit_linear_head(fit.features, fit.labels, 2)
    return lambda rows: head.probabilities(rows.features)[:, 1]


def _verified(
    method: str,
    report: AttributeReport,
    finding: Finding,
    predictor: Predictor,
    rows: GroupedRows,
    own: NDArray[np.int64],
    question: Question,
    seed: int,
) -> Mitigation:
    remedied = predictor(rows)
    sizes = np.bincount(rows.groups[rows.groups >= 0], minlength=question.group + 1)
    if min(sizes[question.group], (rows.groups >= 0).sum() - sizes[question.group]) < _FEWEST:
        reason = (
            f"not offered: fewer than {_FEWEST} held-out rows of “{finding.group}” or of the rest to verify it on"
        )
        return Mitigation(method, report.attribute, finding.rate, False, reason, count=len(rows))
    ones = np.ones((1, len(rows)))
    before, after = (_figures(rows, said, question, ones) for said in (own, remedied))
    draws = _resamples(rows, seed)
    then, now = (_figures(rows, said, question, draws) for said in (own, remedied))
    narrowed = np.abs(then["gap"]) - np.abs(now["gap"])
    known = narrowed[~np.isnan(narrowed)]
    p_value = float((1 + (known <= 0).sum()) / (1 + len(known))) if len(known) else None
    cost = then["accuracy"] - now["accuracy"]
    low, high = np.quantile(cost, (0.025, 0.975))
    behind = bool(before["gap"][0] < 0) == question.low_is_harm
    return Mitigation(
        method=method,
        attribute=report.attribute,
        rate=finding.rate,
        offered=False,
        reason="",
        before=_plain(before, behind),
        after=_plain(after, behind),
        accuracy_cost=float(before["accuracy"][0] - after["accuracy"][0]),
        cost_low=float(low),
        cost_high=float(high),
        p_value=p_value,
        count=len(rows),
    )


def _decision(entry: Mitigation, p_value: float | None, question: Question) -> tuple[bool, str]:
    then, now = entry.before["gap"], entry.after["gap"]
    worst_then, worst_now = entry.before["worst"], entry.after["worst"]
    if p_value is None or then is None or now is None or worst_then is None or worst_now is None:
        return False, "withdrawn: the rate cannot be measured on the held-out rows"
    gain, price = abs(then) - abs(now), entry.accuracy_cost or 0.0
    if gain <= 0:
        return False, f"withdrawn: on held-out rows the gap widens by {100 * -gain:.1f} points"
    if p_value > _ALPHA:
        return (
            False,
            f"withdrawn: that the gap narrows by {100 * gain:.1f} points may be chance (p = {p_value:.2f})",
        )
    better = (worst_now - worst_then) * (1 if question.low_is_harm else -1)
    if better <= 0:
        return False, "withdrawn: the gap narrows, but only because others are worse off, and nobody is better off"
    if price > gain:
        return (
            False,
            f"withdrawn: it costs {100 * price:.1f} points of accuracy for {100 * gain:.1f} points of gap",
        )
    paid = f"costs {100 * price:.1f} points" if price > 0 else f"gains {100 * -price:.1f} points"
    return True, f"on held-out rows the gap narrows by {100 * gain:.1f} points; it {paid} of accuracy"


def _resamples(rows: GroupedRows, seed: int) -> NDArray[np.float64]:
    """Return how often each row was drawn in each of 2000 resamples within groups, float64 (R, N)."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((_RESAMPLES, len(rows)))
    for group in np.unique(rows.groups):
        mine = np.flatnonzero(rows.groups == group)
        weights[:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), size=_RESAMPLES)
    return weights


def _figures(
    rows: GroupedRows, said: NDArray[np.int64], question: Question, weights: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return gap, the rates of the group and of the rest, and accuracy for every row of weights, float64 (R,)."""
    over, below = question.hits_and_rows(rows, said)
    inside, outside = rows.groups == question.group, (rows.groups >= 0) & (rows.groups != question.group)
    shares = []
    for part in (inside, outside):
        bottom = weights @ (part & below).astype(np.float64)
        top = weights @ (part & below & over).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares.append(np.where(bottom > 0, top / bottom, np.nan))
    right = weights @ (said == rows.labels).astype(np.float64) / weights.sum(axis=1)
    return {"gap": shares[0] - shares[1], "group": shares[0], "rest": shares[1], "accuracy": right}


def _plain(figures: dict[str, NDArray[np.float64]], behind: bool) -> dict[str, float | None]:
    """Return single figures; ``behind`` says whether the group is at a disadvantage, or else the rest is."""
    sides = {"worst": "group", "best": "rest"} if behind else {"worst": "rest", "best": "group"}
    wanted = {"gap": "gap", **sides, "accuracy": "accuracy"}
    values = {name: float(figures[key][0]) for name, key in wanted.items()}
    return {name: None if np.isnan(value) else value for name, value in values.items()}
