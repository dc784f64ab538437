"""Both runners keep to the protocol."""

from __future__ import annotations

import inspect

import pytest

from automl_tl.distributed.probe_runner import RayProbeRunner
from automl_tl.pipeline.probing.inline_runner import InlineProbeRunner
from automl_tl.pipeline.probing.runner import ProbeRunner


@pytest.mark.parametrize("theirs", [InlineProbeRunner, RayProbeRunner])
@pytest.mark.parametrize("method", ["run", "statistics"])
def test_they_have_every_method_with_the_same_parameters(theirs, method):
    """A protocol is checked by type checkers only; this catches a drift in a test run as well."""
    wanted = inspect.signature(getattr(ProbeRunner, method)).parameters
    assert list(inspect.signature(getattr(theirs, method)).parameters) == list(wanted)
