"""Changes of light: pictures stay pictures, and flips are counted."""

import numpy as np
import pytest
from scipy.stats import binomtest

from automl_tl.fairness.inherited.photometric import CHANGES, photometric_changes


def pictures(n=40, size=24, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(60, 200, (size, size, 3), dtype=np.uint8) for _ in range(n)]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("shape", [(24, 30, 3), (1, 1, 3), (3, 400, 3)])
def test_a_change_keeps_shape_and_type_and_changes_something(name, shape):
    """Whatever the size; grey stays grey where only colour moves."""
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    before = image.copy()
    changed = CHANGES[name](image)
    assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
    assert (image == before).all()
    if shape == (24, 30, 3):
        assert (changed != image).any()


def test_known_changes():
    """A hue turn leaves grey alone; blur leaves the middle alone; corners are plain."""
    grey = np.full((20, 20, 3), 90, dtype=np.uint8)
    assert (CHANGES["hue turned by 30 degrees"](grey) == grey).all()
    noise = pictures(1)[0]
    blurred = CHANGES["background blurred"](noise)
    assert (blurred[12, 12] == noise[12, 12]).all()
    assert blurred[:2].std() < noise[:2].std() / 2
    assert np.ptp(CHANGES["corners painted over"](noise)[:2, :2].reshape(-1, 3), axis=0).max() == 0


def warm(images):
    """Tells by red minus blue, which light changes."""
    tint = np.array([float(image[..., 0].mean()) - float(image[..., 2].mean()) for image in images])
    chance = 1 / (1 + np.exp(-tint))
    return np.stack([1 - chance, chance], axis=1)


def test_a_model_that_goes_by_tint_is_found():
    """Warmer light flips it, darkness does not."""
    found = photometric_changes(warm, pictures(), model="final")
    verdicts = {row.name: row.verdict for row in found.rows}
    assert found.verdict == "violation"
    assert verdicts["warmer light"] == "violation"
    assert verdicts["darker (x 0.7)"] == "no_evidence_of_violation"
    assert found.count == 40 * len(CHANGES)


def test_many_changes_share_the_error():
    """8 of 40 flips are more than a tenth for one change alone, and not for one of all of them."""
    images = pictures(40)
    turned = {image.tobytes() for image in images[:8]}

    def model(asked):
        flip = np.array([(255 - image).tobytes() in turned for image in asked], dtype=float)
        return np.stack([1 - flip, flip], axis=1)

    changes = {"negative": lambda image: 255 - image}
    assert photometric_changes(model, images, changes=changes).verdict == "violation"
    several = changes | {f"same {number}": (lambda image: image) for number in range(9)}
    found = photometric_changes(model, images, changes=several)
    assert found.verdict == "no_evidence_of_violation"
    assert found.rows[0].low > 0.1


@pytest.mark.parametrize(("n", "fewest"), [(20, 6), (40, 10), (200, 32)])
def test_silence_says_what_it_could_have_missed(n, fewest):
    """Of few pictures many would have to flip; that is told."""
    found = photometric_changes(lambda images: np.tile([0.2, 0.8], (len(images), 1)), pictures(n))
    assert f"of {n} pictures at least {fewest} would have to flip" in found.summary
    level = 1 - 0.05 / len(CHANGES)
    lowest = [binomtest(k, n).proportion_ci(level, method="wilson").low for k in (fewest - 1, fewest)]
    assert lowest[0] <= 0.1 < lowest[1]


def test_a_model_that_ignores_light_is_left_alone_and_few_pictures_say_nothing():
    """Constant answers never flip; a stop gives what there is."""
    constant = photometric_changes(lambda images: np.tile([0.2, 0.8], (len(images), 1)), pictures())
    assert (constant.verdict, constant.value) == ("no_evidence_of_violation", 0.0)
    assert photometric_changes(warm, pictures(5)).verdict == "insufficient_evidence"
    assert photometric_changes(warm, pictures(), cancelled=lambda: True).rows == ()
