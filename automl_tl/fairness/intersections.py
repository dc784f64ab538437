"""Combinations of sensitive attributes: harm can sit where two groups meet and in neither of them alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from automl_tl.data.groups import Groups, group_values

__all__ = ["JOINT", "intersections"]

JOINT = " \N{MULTIPLICATION SIGN} "
_MOST_ATTRIBUTES = 6


def intersections(columns: Mapping[str, Groups], *, veiled: bool = False) -> dict[str, Groups]:
    """Return the groups of every pair of attributes, and of all three where there are three.

    A row whose value is unknown in one of them is unknown in the combination. Of more than 20 combinations the
    rarest are pooled, which the note says. Pairs of more than 6 attributes are formed of the first 6. ``veiled``
    is that of :func:`automl_tl.data.groups.group_values`.
    """
    names = list(columns)[:_MOST_ATTRIBUTES]
    chosen = list(combinations(names, 2)) + ([tuple(names)] if len(names) == 3 else [])
    return {JOINT.join(members): _joint([columns[name] for name in members], veiled) for members in chosen}


def _joint(parts: list[Groups], veiled: bool) -> Groups:
    known = np.all([part.codes >= 0 for part in parts], axis=0)
    values = [
        JOINT.join(part.names[part.codes[row]] for part in parts) if fine else ""
        for row, fine in enumerate(known.tolist())
    ]
    return group_values(values, veiled=veiled)
