"""What folder names say about files: the class, and above it the part of the split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from automl_tl.data.parts import part_of
from automl_tl.errors import DatasetError

__all__ = ["FolderColumns", "read_folders"]


@dataclass(frozen=True)
class FolderColumns:
    """Columns that folder names give: ``label``, and ``split`` if the class folders lie below part folders.

    ``columns`` has one value per file of ``files``; ``unplaced`` are files that lie in no class folder.
    """

    files: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    unplaced: tuple[str, ...]


def read_folders(files: Sequence[str]) -> FolderColumns:
    """Read class and part from relative POSIX paths ``[train/]CLASS/.../file``.

    A folder called ``train`` is a part if it holds folders; where no part folder does, it is a class.

    Raises
    ------
    DatasetError
        If part folders stand beside other folders with files.
    """
    paths = {file: file.split("/") for file in files}
    parts = {path[0] for path in paths.values() if len(path) >= 3 and part_of(path[0])}
    others = {path[0] for path in paths.values() if len(path) >= 2 and not part_of(path[0])}
    if parts and others:
        raise DatasetError(
            f"the folders {_some(parts)} are parts of a split, but {_some(others)} lie beside them; put every "
            "class folder below train/, validation/ or test/, or none"
        )
    depth = 3 if parts else 2
    placed = tuple(file for file in files if len(paths[file]) >= depth)
    columns = {"label": tuple(paths[file][depth - 2] for file in placed)}
    if parts:
        columns["split"] = tuple(part_of(paths[file][0]) for file in placed)
    return FolderColumns(placed, columns, tuple(file for file in files if len(paths[file]) < depth))


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:5])
