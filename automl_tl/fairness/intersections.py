"""Combinations of sensitive attributes: harm can sit where two groups meet and in neither of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from automl_tl.data.groups import MOST_GROUPS, Groups, group_values

__all__ = ["JOINT", "intersections", "not_combined"]

JOINT = " \N{MULTIPLICATION SIGN} "
_MOST_ATTRIBUTES = 6
_MOST_CELLS = 12_000
"""Groups times rates of all combinations together: some seconds, and a report that still can be sent."""
_LEAST = 40
"""Groups that a combination may have in any case: six values and six are 36."""
_ALL_TOGETHER = 3
"""So many attributes are combined all at once, too."""


def intersections(columns: Mapping[str, Groups], *, veiled: bool = False, rates: int = 1) -> dict[str, Groups]:
    """Return the groups of every pair of attributes, and of all three where there are three.

    A row whose value is unknown in one of them is unknown in the combination. Combinations without a row are no
    groups. Rare ones are pooled as values of a column are, which the note says. Pairs of more than 6 attributes
    are formed of the first 6; :func:`not_combined` says what that leaves out. ``veiled`` is that of
    :func:`automl_tl.data.groups.group_values`; the more ``rates`` and combinations there are, the fewer groups may
    each of these have.
    """
    chosen = _chosen(list(columns))
    most = min(max(_MOST_CELLS // max(rates * len(chosen), 1), _LEAST), MOST_GROUPS)
    return {JOINT.join(members): _joint([columns[name] for name in members], veiled, most) for members in chosen}


def not_combined(names: Sequence[str]) -> tuple[str, ...]:
    """Return what a reader must know about combinations that were not formed; () of three attributes or fewer."""
    notes = []
    if len(names) > _MOST_ATTRIBUTES:
        rest = names[_MOST_ATTRIBUTES:]
        listed = ", ".join(f"“{name}”" for name in rest)
        are = "is" if len(rest) == 1 else "are"
        notes.append(
            f"combinations are formed of the first {_MOST_ATTRIBUTES} of {len(names)} attributes; {listed} {are} "
            "in none"
        )
    if len(names) > _ALL_TOGETHER:
        notes.append(
            f"of more than {_ALL_TOGETHER} attributes only pairs are combined; harm where three of them meet was "
            "not looked for"
        )
    return tuple(notes)


def _chosen(names: Sequence[str]) -> list[tuple[str, ...]]:
    pairs: list[tuple[str, ...]] = list(combinations(names[:_MOST_ATTRIBUTES], 2))
    return pairs + ([tuple(names)] if len(names) == _ALL_TOGETHER else [])


def _joint(parts: list[Groups], veiled: bool, most: int) -> Groups:
    known = np.all([part.codes >= 0 for part in parts], axis=0)
    values = [
        JOINT.join(part.names[part.codes[row]] for part in parts) if fine else ""
        for row, fine in enumerate(known.tolist())
    ]
    groups = group_values(values, veiled=veiled, most=most)
    of_pools = known & np.any([np.isin(part.codes, part.pools) for part in parts], axis=0)
    pools = {*groups.pools, *groups.codes[of_pools].tolist()}
    pooled = sorted((rows for part in (groups, *parts) for rows in part.pooled), reverse=True)
    return replace(groups, pools=tuple(sorted(pools)), pooled=tuple(pooled))
