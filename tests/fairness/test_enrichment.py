"""Only what is clearly more frequent inside describes a slice."""

import numpy as np

from automl_tl.fairness.enrichment import enrichment


def test_noise_describes_nothing():
    """Twenty random columns and words."""
    rng = np.random.default_rng(0)
    members = np.arange(300) < 40
    columns = {f"c{i}": rng.choice(["u", "v", "w"], 300).tolist() for i in range(20)}
    assert enrichment(members, columns, ["alpha beta"] * 300) == {}


def test_what_is_inside_comes_first_and_finite():
    """A value that is everywhere inside and nowhere outside; a rarer one after it."""
    members = np.arange(300) < 40
    place = ["harbour" if flag else "field" for flag in members]
    weather = ["fog" if row < 25 or row > 290 else "" for row in range(300)]
    found = enrichment(members, {"place": place, "weather": weather})
    assert list(found) == ["place=harbour", "weather=fog"]
    assert 1 < found["weather=fog"] < found["place=harbour"] < np.inf
