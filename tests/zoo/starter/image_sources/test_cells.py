"""The cell domain."""

import numpy as np
import pytest

from automl_tl.zoo.starter.image_sources.cells import CELLS, cells, disc, draw_cells, edge
from automl_tl.zoo.starter.image_sources.geometry import canvas


def test_every_kind_is_a_class():
    """Names of the classes are those of the kinds."""
    assert cells.class_names == tuple(CELLS)


def test_a_disc_has_its_area():
    """The integral of a logistic rim of slope 14 around radius r is pi (r^2 + pi^2 / (3 * 14^2))."""
    x, y = canvas(64)
    assert disc(x, y, 0.5).mean() * 4 == pytest.approx(np.pi * (0.25 + np.pi**2 / (3 * 14**2)), rel=0.005)


def test_edge_is_a_step():
    """One half at the rim."""
    np.testing.assert_allclose(edge(np.array([-1.0, 0.0, 1.0])), [0, 0.5, 1], atol=1e-5)


@pytest.mark.parametrize("name", list(CELLS))
def test_bodies_and_nuclei_are_coverages(name):
    """Both lie in [0, 1] and the cell is there."""
    x, y = (np.broadcast_to(axis, (5, 32, 32)) for axis in canvas(32))
    body, nucleus = CELLS[name](x, y, np.random.default_rng(0))
    for part in (body, nucleus):
        assert part.min() >= 0
        assert part.max() <= 1
    assert (body.sum((1, 2)) > 5).all()


def test_only_some_kinds_have_a_nucleus():
    """A nucleus is what tells a lymphocyte from a solid body."""
    x, y = (axis[None] for axis in canvas(32))
    assert CELLS["nucleated"](x, y, np.random.default_rng(0))[1].max() > 0.9
    assert CELLS["solid"](x, y, np.random.default_rng(0))[1].max() == 0


def test_one_kind_can_be_drawn_alone():
    """The held-out task draws its own kinds with the same camera."""
    images = draw_cells({"only": CELLS["rod"]}, np.zeros(3, np.int64), 32, np.random.default_rng(0))
    assert images.shape == (3, 32, 32, 3)
