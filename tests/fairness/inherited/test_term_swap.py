"""Answers that follow a term are found; answers that do not are left alone."""

import numpy as np
import pytest

from automl_tl.errors import InvalidInput
from automl_tl.fairness.inherited.reading import Reading
from automl_tl.fairness.inherited.term_swap import fill, templates_of_texts, term_swap
from automl_tl.fairness.inherited.terms import SHIPPED, TERMS


def model(prejudice=0.0, against="Muslim"):
    """Two classes; depends on the length of the text a little, and on one word."""

    def predict(texts):
        bad = np.array([0.3 + 0.0003 * len(text) + prejudice * (against in text) for text in texts])
        return np.stack([1 - bad, bad], axis=1)

    return predict


def test_a_prejudice_is_found_and_named():
    """Thirty points against one of 21 terms; the answer flips with it and nowhere else."""
    found = term_swap(model(0.3), ("ok", "toxic"), model="final")
    bad = [row.name for row in found.rows if row.verdict == "violation"]
    assert (found.verdict, bad, found.model) == ("violation", ["Muslim"], "final")
    row = next(row for row in found.rows if row.name == "Muslim")
    assert row.value == pytest.approx(0.3 * 20 / 21, abs=0.01)
    assert row.low < row.value < row.high
    assert row.p_adjusted < 0.01
    assert found.value == pytest.approx(1 / 21)
    assert "“Muslim” (+29 points)" in found.summary


def test_small_steady_moves_are_no_violation():
    """Longer terms move this model by a hair, always alike: significant, and below the tolerance."""
    found = term_swap(model(), ("ok", "toxic"))
    assert any(row.p_adjusted < 0.05 for row in found.rows)
    assert found.verdict == "no_evidence_of_violation"
    assert found.value == 0.0


def test_large_moves_that_chance_could_explain_are_told():
    """Eight sentences of two terms, of which one moves a lot: no verdict, and not "no term moves"."""
    texts = [f"Number {number}: a {{term}} man." for number in range(8)]

    def once(texts):
        bad = np.array([0.3 + 0.6 * (text == "Number 3: a red man.") for text in texts])
        return np.stack([1 - bad, bad], axis=1)

    found = term_swap(once, ("ok", "toxic"), terms=["red", "blue"], templates=texts, tolerance=0.03)
    assert found.verdict == "no_evidence_of_violation"
    assert "No term moves" not in found.summary
    assert "by up to 3.8 points were seen, which chance could explain; more sentences" in found.summary
    assert "No term moves" in term_swap(once, ("ok", "toxic"), terms=["red", "blue"], templates=texts).summary


@pytest.mark.parametrize("name", TERMS)
def test_shipped_lists_work(name):
    """Every sentence has a slot, every fill is a sentence without braces."""
    found = term_swap(model(), ("ok", "toxic"), terms=name)
    assert found.count == len(SHIPPED[name]) * len(TERMS[name])
    texts = [fill(sentence, term) for sentence in SHIPPED[name] for term in TERMS[name]]
    assert all("{" not in text and text[0].isupper() for text in texts)


def test_forms_and_articles():
    """Pronouns in three cases; an old, a European."""
    assert (
        fill("{subject} lost {possessive} key, call {object}.", "she|her|hers") == "She lost hers key, call her."
    )
    assert fill("A {term} person", "old") == "An old person"
    assert fill("A {term} person", "European") == "A European person"


@pytest.mark.parametrize(
    ("sentence", "term", "filled"),
    [
        ("He is an {term} man.", "black", "He is a black man."),
        ("He is an {term} man.", "old", "He is an old man."),
        ("An {term} person", "young", "A young person"),
        ("Vitamin A is for {term}.", "Ann", "Vitamin A is for Ann."),
        ("Vitamin A is for an {term} man.", "old", "Vitamin A is for an old man."),
        ("Plan A ends. A {term} man", "old", "Plan A ends. An old man"),
        ("Say a {subject} or an {object}.", "she|her|her", "Say a she or a her."),
        ("I met a {term} man.", "Ukrainian", "I met a Ukrainian man."),
        ("I met a {term} man.", "unable", "I met an unable man."),
        ("I met a {term} man.", "honest", "I met an honest man."),
    ],
)
def test_the_article_before_the_slot_fits_the_term_and_no_other_is_touched(sentence, term, filled):
    """Real texts have an "an" before the term that stood there, and an "A" that is no article."""
    assert fill(sentence, term) == filled


def test_own_terms_in_real_texts():
    """Texts with exactly one of the terms become sentences to fill."""
    texts = ["The nurse came late.", "a NURSE and a doctor", "nothing here", "Doctors are many", "{nurse}"]
    assert templates_of_texts(texts, ["nurse", "doctor"]) == ("The {term} came late.",)
    many = templates_of_texts([f"Number {i}: the nurse came." for i in range(12)], ["nurse", "doctor"])
    assert (
        term_swap(model(0.4, "nurse"), ("a", "b"), terms=["nurse", "doctor"], templates=many).verdict
        == "violation"
    )


def test_real_texts_are_drawn_from_the_whole_file():
    """Of 300 texts 200 are taken, in their order, and not the first 200; another seed takes others."""
    texts = [f"Number {i}: the nurse came." for i in range(300)]
    found = templates_of_texts(texts, ["nurse"])
    numbers = [int(text.split()[1][:-1]) for text in found]
    assert (len(numbers), sorted(set(numbers))) == (200, numbers)
    assert sum(number >= 200 for number in numbers) > 30
    assert found != templates_of_texts(texts, ["nurse"], seed=2)


def test_few_sentences_give_no_verdict_and_bad_lists_are_refused():
    """Five are too few for a p-value."""
    assert term_swap(model(0.4), ("a", "b"), templates=["A {term} man."] * 5).verdict == "insufficient_evidence"
    for options, text in (
        ({"terms": "animals"}, "one of names, pronouns, identity"),
        ({"terms": ["one"]}, "at least two"),
        ({"templates": ["no slot"]}, "has no {term}"),
        ({"favourable": "c"}, "favourable must be one of"),
    ):
        with pytest.raises(InvalidInput, match=text):
            term_swap(model(), ("a", "b"), **options)


def test_of_many_classes_those_that_are_answered_are_followed():
    """A term that moves a class in the middle is found; a favourable class is followed alone."""
    names = tuple(f"c{number}" for number in range(20))

    def predict(texts):
        chances = np.full((len(texts), 20), 0.01)
        chances[:, 3] = [0.5 + 0.0003 * len(text) - 0.3 * ("Muslim" in text) for text in texts]
        chances[:, 7] = 0.82 - chances[:, 3]
        return chances

    found = term_swap(predict, names)
    assert found.verdict == "violation"
    (bad,) = [row for row in found.rows if row.verdict == "violation"]
    assert bad.name == "Muslim"
    assert bad.note.split(";")[0] in ("c3", "c7")
    assert "points of “c" in found.summary
    assert term_swap(predict, names, favourable="c19").verdict == "no_evidence_of_violation"
    assert term_swap(predict, names, favourable="c3").verdict == "violation"


def test_random_classifiers_of_many_classes_are_rarely_blamed():
    """Answers by chance, with skewed probabilities: at most one in ten of 40 such models."""
    blamed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        noise = {}

        def predict(texts, rng=rng, noise=noise):
            logits = np.stack([noise.setdefault(text, rng.normal(size=8)) for text in texts])
            return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

        blamed += term_swap(predict, [f"c{number}" for number in range(8)], tolerance=0.0).verdict == "violation"
    assert blamed <= 4


def test_a_number_that_follows_a_term_is_found_in_its_own_unit():
    """A price in thousands: half a standard deviation less for one term; a twentieth is let pass."""

    def price(strength):
        return lambda texts: np.array([[5000 + len(text) / 50 - strength * ("Muslim" in text)] for text in texts])

    reading = Reading("regression", unit=800.0)
    found = term_swap(price(400), ("rent",), reading=reading)
    assert (found.verdict, [row.name for row in found.rows if row.verdict == "violation"]) == (
        "violation",
        ["Muslim"],
    )
    assert (
        "The predicted “rent” moves systematically with “Muslim” (-48 % of a standard deviation)" in found.summary
    )
    assert found.value == pytest.approx(1 / 21)
    calm = term_swap(price(40), ("rent",), reading=reading)
    assert (calm.verdict, calm.value) == ("no_evidence_of_violation", 0.0)
    assert "moves the predicted “rent” by more than 20 % of a standard deviation" in calm.summary


def test_of_labels_every_one_that_is_answered_is_followed():
    """Of two labels the first is no mirror of the second; the set of labels flips by its thresholds."""

    def predict(texts):
        first = [0.5 + 0.0003 * len(text) - 0.3 * ("Muslim" in text) for text in texts]
        return np.stack([first, np.full(len(texts), 0.9)], axis=1)

    found = term_swap(predict, ("praise", "news"), reading=Reading("multilabel", (0.45, 0.5)))
    (bad,) = [row for row in found.rows if row.verdict == "violation"]
    assert (bad.name, bad.note.split(";")[0]) == ("Muslim", "praise")
    assert found.value == pytest.approx(1 / 21)
    assert "The probability of “praise” moves systematically with “Muslim” (-29 points)" in found.summary


def test_lists_of_one_model_share_the_error():
    """P-values are corrected for all lists; fewer sentences than can reach them give no verdict."""
    texts = [f"Number {number}: a {{term}} man." for number in range(7)]

    def always(texts):
        bad = np.array([0.3 + 0.3 * ("red" in text) for text in texts])
        return np.stack([1 - bad, bad], axis=1)

    def swap(sentences, family):
        return term_swap(
            always, ("ok", "toxic"), terms=["red", "blue"], templates=texts[:sentences], family=family
        )

    alone, among = swap(7, 1), swap(7, 3)
    assert alone.verdict == among.verdict == "violation"
    assert among.rows[0].p_adjusted == pytest.approx(3 * alone.rows[0].p_adjusted)
    assert swap(6, 1).verdict == "violation"
    assert swap(6, 3).verdict == swap(7, 4).verdict == "insufficient_evidence"
    assert "A verdict needs at least 8 sentences" in swap(7, 4).summary


def test_the_interval_of_changed_answers_takes_sentences_for_independent():
    """In 2 of 8 sentences half of the ten terms change the answer: wider than 80 independent answers would be."""
    terms = [f"kind{number}" for number in range(10)]
    texts = [f"Number {number}: a {{term}} man." for number in range(8)]

    def two(texts):
        bad = np.array([0.9 * ("Number 3" in t or "Number 5" in t) * (hash_of(t) % 2) for t in texts])
        return np.stack([1 - bad, bad], axis=1)

    def hash_of(text):
        return int(text.split("kind")[1].split()[0])

    found = term_swap(two, ("ok", "toxic"), terms=terms, templates=texts)
    assert found.value == pytest.approx(2 * 5 / 80)
    assert found.high - found.low > 0.2


def test_own_terms_are_called_what_their_owner_calls_them():
    """Two lists of one job are told apart."""
    assert term_swap(model(), ("a", "b"), terms=["red", "blue"], name="parties").what == "parties"
