"""The shipped lists are complete and neutral in form."""

from automl_tl.fairness.inherited.terms import SHIPPED, TERMS


def test_every_set_has_terms_and_enough_sentences():
    """At least 12 sentences, so that Holm over 21 terms can be passed; no term twice."""
    assert set(SHIPPED) == set(TERMS)
    for name, terms in TERMS.items():
        assert len(set(terms)) == len(terms) >= 3
        assert len(set(SHIPPED[name])) == len(SHIPPED[name]) >= 12
        assert 2 * 0.5 ** len(SHIPPED[name]) * len(terms) < 0.05


def test_pronouns_have_three_forms():
    """Subject, object, possessive."""
    assert all(len(term.split("|")) == 3 for term in TERMS["pronouns"])
