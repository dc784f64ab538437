"""The worst group decides."""

from automl_tl.fairness.mitigation.group_dro import group_dro
from automl_tl.fairness.mitigation.reweighing import reweighing


def test_the_worst_group_fares_better_on_new_rows(make_rows):
    """Than with a head that minimises the mean."""
    fit, held = make_rows(1000, 0), make_rows(2000, 1)
    rare = held.groups == 1
    robust, plain = group_dro(fit, 2)(held), reweighing(fit, 2)(held)
    assert (robust == held.labels)[rare].mean() > (plain == held.labels)[rare].mean() + 0.1
