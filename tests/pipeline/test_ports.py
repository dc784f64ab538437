"""The doors keep to what the pipeline asks of them."""

from __future__ import annotations

import inspect

from automl_tl.pipeline.ports import Journal
from automl_tl.store.journal import LedgerJournal


def test_the_ledgers_journal_has_every_method_with_the_same_parameters():
    """A protocol is checked by type checkers only; this catches a drift in a test run as well."""
    wanted = {
        name: method for name, method in vars(Journal).items() if inspect.isfunction(method) and name[0] != "_"
    }
    assert len(wanted) >= 10
    for name, method in wanted.items():
        theirs = inspect.signature(getattr(LedgerJournal, name))
        assert list(theirs.parameters) == list(inspect.signature(method).parameters), name
