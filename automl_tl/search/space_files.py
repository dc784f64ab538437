"""Finds the search spaces that ship with the project."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from automl_tl.errors import SearchSpaceError
from automl_tl.search.space import SearchSpace
from automl_tl.search.space_reader import parse_space

__all__ = ["load_space", "space_directory", "space_names"]


def space_directory() -> Path:
    """Return the directory of the shipped spaces: inside the package in a wheel, beside it in a checkout."""
    with as_file(files("automl_tl")) as package:
        for candidate in (package / "search_spaces" / "space", package.parent / "search_spaces" / "space"):
            if candidate.is_dir():
                return candidate
    raise SearchSpaceError("the package holds no search_spaces/space; install it again", field="search_space_name")


def space_names() -> tuple[str, ...]:
    """Return the names of the shipped spaces, sorted."""
    return tuple(sorted(path.stem for path in space_directory().glob("*.yaml")))


def load_space(name: str, *, modality: str = "") -> SearchSpace:
    """Load a shipped space by name, or the default of ``modality`` if ``name`` is ""; raises SearchSpaceError."""
    wanted = name or modality
    known = space_names()
    if wanted not in known:
        raise SearchSpaceError(
            f"search_space_name must be one of {', '.join(known)} but got {wanted!r}; "
            "send your own space as search_space_yaml",
            field="search_space_name",
        )
    path = space_directory() / f"{wanted}.yaml"
    space = parse_space(path.read_text(encoding="utf-8"), name=path.name)
    if modality and space.modality != modality:
        raise SearchSpaceError(
            f"search_space_name {wanted!r} is for {space.modality} data but the dataset is {modality}",
            field="search_space_name",
        )
    return space
