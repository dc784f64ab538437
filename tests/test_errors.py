"""The exception tree."""

import inspect
import re

import pytest

from automl_tl import errors

EVERY = [getattr(errors, name) for name in errors.__all__]


def test_the_docstring_draws_the_real_tree():
    """Every error stands in the drawing, once, and nothing else does."""
    drawn = re.findall(r"^\s*(?:[│├└─ ]*)([A-Z]\w+)  ", errors.__doc__, re.MULTILINE)
    assert sorted(drawn) == sorted(errors.__all__)


def test_everything_is_an_automl_error():
    """One except clause catches what is raised on purpose."""
    assert all(issubclass(error, errors.AutomlError) for error in EVERY)
    in_module = [value for value in vars(errors).values() if inspect.isclass(value)]
    assert set(in_module) == set(EVERY)


@pytest.mark.parametrize("name", ["DatasetError", "SpecError", "SearchSpaceError", "InvalidName"])
def test_bad_input_is_one_branch(name):
    """What the caller can mend is told from what is not the caller's doing."""
    assert issubclass(getattr(errors, name), errors.InvalidInput)
    assert not issubclass(errors.Unavailable, errors.InvalidInput)


def test_reasons_are_stable_words_and_unique():
    """Programs tell errors apart by their reason."""
    reasons = [error.reason for error in EVERY]
    assert len(set(reasons)) == len(reasons)
    assert all(re.fullmatch(r"[A-Z][A-Z_]{0,62}", reason) for reason in reasons)


@pytest.mark.parametrize("error", EVERY)
def test_an_error_carries_its_message_and_field(error):
    """Text for people, field for programs."""
    raised = error("size is 3 but must be even", field="model.size")
    assert str(raised) == raised.message == "size is 3 but must be even"
    assert raised.field == "model.size"
    assert error("x").field == ""
