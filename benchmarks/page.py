"""The page of results: one section per benchmark, each replaced on its own."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["with_section"]


def with_section(page: str, title: str, lines: Sequence[str], order: Sequence[str]) -> str:
    """Return the page with the section of this title replaced, or put where ``order`` has it.

    Parameters
    ----------
    page
        Markdown whose sections begin with ``## ``.
    order
        Titles of all sections, in the order in which they should stand.
    """
    head, *rest = page.rstrip("\n").split("\n## ")
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[-1].strip("\n") for part in rest}
    sections[title] = "\n".join(lines).strip("\n")
    known = [name for name in order if name in sections]
    others = [name for name in sections if name not in order]
    parts = [head.rstrip("\n"), *(f"## {name}\n\n{sections[name]}" for name in [*known, *others])]
    return "\n\n".join(parts) + "\n"
