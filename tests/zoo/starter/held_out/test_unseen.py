"""Kinds that no source domain has."""

import numpy as np
import pytest

from automl_tl.zoo.starter.held_out.unseen import UNSEEN_CELLS, UNSEEN_TEXTURES
from automl_tl.zoo.starter.image_sources.cells import CELLS
from automl_tl.zoo.starter.image_sources.geometry import canvas
from automl_tl.zoo.starter.image_sources.textures import DRAWERS


def test_unseen_kinds_share_no_name_or_drawer_with_the_source():
    """They are new classes, not new seeds."""
    assert not set(UNSEEN_CELLS) & set(CELLS)
    assert not set(UNSEEN_TEXTURES) & set(DRAWERS)
    assert not set(UNSEEN_CELLS.values()) & set(CELLS.values())
    assert not set(UNSEEN_TEXTURES.values()) & set(DRAWERS.values())


@pytest.mark.parametrize("name", list(UNSEEN_TEXTURES))
def test_unseen_textures_are_finite_fields(name):
    """Fields of the size asked for, never flat."""
    fields = UNSEEN_TEXTURES[name](4, 24, np.random.default_rng(0))
    assert fields.shape == (4, 24, 24)
    assert np.isfinite(fields).all()
    assert (fields.std((1, 2)) > 0).all()


@pytest.mark.parametrize("name", list(UNSEEN_CELLS))
def test_unseen_cells_are_coverages(name):
    """Body and nucleus lie in [0, 1]."""
    x, y = (np.broadcast_to(axis, (3, 32, 32)) for axis in canvas(32))
    for part in UNSEEN_CELLS[name](x, y, np.random.default_rng(0)):
        assert part.min() >= -1e-6
        assert part.max() <= 1 + 1e-6
