"""The public names of the package."""

from __future__ import annotations

import pytest

import automl_tl


@pytest.mark.parametrize("name", automl_tl.__all__)
def test_every_public_name_can_be_used(name: str) -> None:
    """A lazy name that cannot be imported would only fail at the user's."""
    assert getattr(automl_tl, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    """hasattr must work on the package."""
    assert not hasattr(automl_tl, "nothing_of_this_name")
