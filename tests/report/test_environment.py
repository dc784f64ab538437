"""Templates escape and refuse unknown names."""

import pytest
from jinja2 import UndefinedError

from automl_tl.report.environment import render_template


def test_values_are_escaped():
    """A limit with markup becomes text."""
    assert "&lt;b&gt;" in render_template("sections/limits.html.j2", limits=("<b>",))


def test_a_missing_value_is_an_error():
    """Never an empty hole in a report."""
    with pytest.raises(UndefinedError, match="limits"):
        render_template("sections/limits.html.j2")
