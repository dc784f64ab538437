"""The page of results."""

from __future__ import annotations

from benchmarks.page import with_section

_ORDER = ["Speed", "Exactness", "Ranking"]


def test_a_section_is_replaced_and_the_others_stay():
    """Running one benchmark does not lose the figures of another."""
    page = "# Benchmarks\n\nIntro.\n\n## Speed\n\nold\n\n## Ranking\n\n### image\n\nkept\n"
    assert with_section(page, "Speed", ["new", "", "| a |"], _ORDER) == (
        "# Benchmarks\n\nIntro.\n\n## Speed\n\nnew\n\n| a |\n\n## Ranking\n\n### image\n\nkept\n"
    )


def test_a_new_section_stands_where_the_order_has_it():
    """Whichever benchmark ran first, the page reads the same."""
    page = with_section("# Benchmarks\n", "Ranking", ["r"], _ORDER)
    page = with_section(page, "Exactness", ["e"], _ORDER)
    assert page == "# Benchmarks\n\n## Exactness\n\ne\n\n## Ranking\n\nr\n"


def test_sections_that_are_not_known_are_kept():
    """A section whose benchmark was renamed is not thrown away."""
    assert "## Old\n\nx" in with_section("# B\n\n## Old\n\nx\n", "Speed", ["s"], _ORDER)
