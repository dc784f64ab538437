"""Exceptions of networks become words."""

import pytest

from automl_tl.probe.failures import failed_on_data, reason_of
from automl_tl.testing.tiny_models import tiny_image_model


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("shapes differ\nat layer 3\nat layer 2"), "shapes differ"),
        (ValueError("\n  leading space  \n"), "leading space"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_the_first_line_says_enough(error, reason):
    """The rest is a trace for developers."""
    assert reason_of(error) == reason


def test_the_model_is_named():
    """One of many candidates."""
    message = failed_on_data(tiny_image_model(), RuntimeError("shapes differ")).message
    assert message == "local:tiny-image fails on this data: shapes differ"
