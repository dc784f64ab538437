"""Trials one after another in this process."""

from pathlib import Path

import pytest

from automl_tl.search.inline_runner import InlineRunner
from automl_tl.search.runner import TrialRunner
from automl_tl.testing.runner import RunnerContract, rehearse


class TestInlineRunner(RunnerContract):
    patience = 0.3

    @pytest.fixture
    def runner(self, tmp_path: Path) -> TrialRunner:
        """Return a runner that only rehearses."""
        return InlineRunner(trial_function=rehearse)
