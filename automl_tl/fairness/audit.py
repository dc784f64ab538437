"""For whom the model fails: every sensitive attribute and intersection, group by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_tl.data.groups import Groups, group_values
from automl_tl.errors import InvalidInput
from automl_tl.fairness.answers import Answers, is_missing, read_answers
from automl_tl.fairness.base import AttributeReport, FairnessReport, Family
from automl_tl.fairness.compare import Examined, examine
from automl_tl.fairness.intersections import intersections, not_combined
from automl_tl.fairness.judge import Budget, judge, levels
from automl_tl.fairness.metrics import headline_rates
from automl_tl.fairness.shuffles import first_shuffles, with_enough_shuffles

__all__ = ["audit"]

_MOST_CLASSES_IN_COMBINATIONS = 5


def audit(
    y_true: Any,
    y_pred: Any,
    groups: Any,
    *,
    y_score: Any = None,
    favourable: Any = None,
    alpha: float = 0.05,
    row_figures: Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    task: str = "",
    tolerance: float = 0.0,
    group_sizes: Mapping[str, Mapping[str, int]] | None = None,
    veiled: bool = False,
    seed: int = 0,
) -> FairnessReport:
    """Compare a model's behaviour between groups of people or things; usable on any model's predictions.

    Every rate comes with its denominator and interval, every group is compared with the rest of the population,
    and the largest gap of every rate has an exact permutation test. Holm's correction covers all rates of all
    attributes and intersections, so that a report on a model without any disparity speaks of a violation with
    probability ``alpha`` at most.

    Parameters
    ----------
    y_true, y_pred
        Truth and answer for each of N rows: classes of any kind (names, numbers, indices into ``class_names``), a
        table of 0 and 1 with a column per label (multi-label), or numbers with fractions (regression). Rows whose
        truth is None, NaN or pandas.NA are left out and counted.
    groups
        Attribute name -> N group values (a pandas DataFrame works as well), or the values of one attribute. "",
        None, NaN and pandas.NA mean unknown and are counted. Numbers with many values are cut at their quartiles;
        where nearly all of these are the smallest or the largest number, into that number and the others. Of more
        than 20 values those with fewer than 10 rows are pooled, all but the 20 most frequent. Categories of pandas
        that no row has are groups of 0 rows.
    y_score
        Class probabilities (N, C), or (N,) of the favourable class; adds Brier score and calibration by group.
    favourable
        The class that is good to get; unequal shares of it are a violation then, whatever their cause. None takes
        the last of two classes (no class of more) and leaves open whether unequal shares come from the labels.
    alpha
        Probability of any wrong violation in the report, in (0, 0.5).
    row_figures
        Further figures of single rows by name, N finite numbers each, whose group means are compared too, such as
        the size of a prediction set.
    class_names
        Names in index order; None takes the sorted distinct labels.
    task
        ``classification``, ``multilabel`` or ``regression``; "" tells by the values.
    tolerance
        Gaps whose interval does not exceed this are no violation, however certain; in [0, 1) for shares.
    group_sizes
        By attribute the rows of each group in the whole data set, of which these N rows are a part: groups without
        a row here are listed as not measurable. With more than 20 groups, or ``veiled``, those of 10 rows are.
    veiled
        Whether groups of fewer than 10 rows are numbered instead of named, and the outer ranges of numbers are
        open: for whom may not see the rows. It makes no secret of anybody for those who know the rest.
    seed
        Seed of the shuffles for means; shares have exact tests.

    Raises
    ------
    InvalidInput
        If lengths differ, a label is no known class, or a parameter is out of range.
    """
    if not 0 < alpha < 0.5:
        raise InvalidInput(f"alpha must be in (0, 0.5) but is {alpha}", field="alpha")
    if not 0 <= tolerance < 1:
        raise InvalidInput(f"tolerance must be in [0, 1) but is {tolerance}", field="tolerance")
    answers = read_answers(
        y_true, y_pred, y_score=y_score, class_names=class_names, favourable=favourable, task=task
    )
    n_given = len(y_true)
    answers = _with_figures(answers, row_figures or {}, n_given)
    columns = {
        str(name): _grouped(
            str(name), values, (group_sizes or {}).get(str(name), {}), answers.kept, n_given, veiled
        )
        for name, values in _attributes(groups)
    }
    whole, notes = _without_classes(answers, len(columns) > 1)
    joint = intersections(columns, veiled=veiled, rates=5 * len(whole.names) + 1 + len(whole.means))
    shuffles = first_shuffles(answers, len(columns) + len(joint), alpha)
    notes = (*notes, *not_combined(list(columns)))
    examined = [examine(name, answers, grouped, seed=seed, shuffles=shuffles) for name, grouped in columns.items()]
    examined += [examine(name, whole, grouped, seed=seed, shuffles=shuffles) for name, grouped in joint.items()]
    headline = headline_rates(answers)
    examined = with_enough_shuffles(examined, levels(examined, headline, alpha), seed=seed, first=shuffles)
    budget = Budget.of(examined, headline, alpha, tolerance)
    reports = [_report(entry, answers, budget) for entry in examined]
    return FairnessReport(
        attributes=tuple(reports[: len(columns)]),
        rate_names=_rate_names(answers),
        count=len(answers),
        positive_class=answers.favourable,
        outcome_named=answers.named,
        notes=notes if len(answers) else (*notes, "there are no rows to compare"),
        intersections=tuple(reports[len(columns) :]),
        family=Family(budget.tests, alpha),
        task=answers.task,
    )


def _report(entry: Examined, answers: Answers, budget: Budget) -> AttributeReport:
    return judge(entry, headline_rates(answers), answers.favourable, budget, named=answers.named)


def _with_figures(answers: Answers, figures: Mapping[str, Any], n_rows: int) -> Answers:
    means = dict(answers.means)
    for name, values in figures.items():
        column = np.asarray(values, dtype=np.float64)
        if column.shape != (n_rows,) or not np.isfinite(column).all():
            raise InvalidInput(
                f"row_figures[{name!r}] must hold {n_rows} finite numbers but has the shape {column.shape}",
                field="row_figures",
            )
        means[str(name)] = column[answers.kept]
    return replace(answers, means=means)


def _without_classes(answers: Answers, needed: bool) -> tuple[Answers, tuple[str, ...]]:
    """Return what combinations of attributes are compared by: of many classes their groups hold a row or two."""
    if len(answers.names) <= _MOST_CLASSES_IN_COMBINATIONS or not needed:
        return answers, answers.notes
    kept = [place for place, name in enumerate(answers.names) if name == answers.favourable]
    what = f"by accuracy and the rates of “{answers.favourable}” only" if kept else "by accuracy only"
    note = (
        f"combinations of attributes are compared {what}, since there are more than "
        f"{_MOST_CLASSES_IN_COMBINATIONS} classes"
    )
    names = tuple(answers.names[place] for place in kept)
    return replace(answers, names=names, truth=answers.truth[:, kept], said=answers.said[:, kept]), (
        *answers.notes,
        note,
    )


def _rate_names(answers: Answers) -> tuple[str, ...]:
    """Return the columns in order: headline first, then the rates of each class, then means and label shares."""
    nobody = examine("", answers, Groups((), np.full(len(answers), -1, dtype=np.int64)))
    shares = [name for name in nobody.counts.names if name not in nobody.about_labels]
    return (*shares, *answers.means, *(name for name in nobody.counts.names if name in nobody.about_labels))


def _attributes(groups: Any) -> list[tuple[Any, Any]]:
    if isinstance(groups, Mapping) or hasattr(groups, "columns"):
        return [(name, groups[name]) for name in groups]
    return [("group", groups)]


def _grouped(
    attribute: str,
    values: Any,
    known: Mapping[str, int],
    kept: NDArray[np.int64],
    n_rows: int,
    veiled: bool,
) -> Groups:
    listed = ["" if is_missing(value) else str(value) for value in values]
    if len(listed) != n_rows:
        raise InvalidInput(
            f"groups[{attribute!r}] must have one value per row ({n_rows}) but has {len(listed)}",
            field=f"groups.{attribute}",
        )
    # Rows without a true label are left out, but not the groups that all of their rows are of.
    elsewhere = {**dict.fromkeys(_categories(values), 0), **Counter(listed), **known}
    return group_values([listed[row] for row in kept.tolist()], veiled=veiled, elsewhere=elsewhere)


def _categories(values: Any) -> list[str]:
    """Return the categories of a pandas column, whether a row has them or not; [] of other columns."""
    categories = getattr(getattr(values, "dtype", None), "categories", None)
    return [str(category) for category in categories] if isinstance(categories, Iterable) else []
