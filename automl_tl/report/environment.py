"""The one place that turns templates into HTML; everything a user wrote is escaped."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from automl_tl.report import wording

__all__ = ["render_template"]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("automl_tl.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters |= {
        "count": wording.count,
        "duration": wording.duration,
        "figure": wording.figure,
        "interval": wording.interval,
        "metric_label": wording.metric_label,
        "percent": wording.percent,
        "plain_number": wording.plain_number,
        "plural": wording.plural,
        "points_interval": wording.points_interval,
        "quantity": wording.quantity,
        "signed_points": wording.signed_points,
        "strategy_label": wording.strategy_label,
    }
    return environment


def render_template(name: str, **values: Any) -> Markup:
    """Return the template as safe HTML; a name that the template uses and ``values`` lacks is an error."""
    # The environment escapes every value that is not Markup already.
    return Markup(_environment().get_template(name).render(**values))  # noqa: S704
