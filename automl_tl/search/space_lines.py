"""Where in a YAML document a value stands, for error messages."""

from __future__ import annotations

import yaml

__all__ = ["Path", "dotted", "line_of"]

Path = tuple[str | int, ...]
"""Keys and list positions from the root of the document."""


def dotted(path: Path) -> str:
    """Write a path for people: ``("portfolio", 0, "when")`` becomes ``portfolio[0].when``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def line_of(document: str, path: Path) -> int:
    """Return the line, counted from 1, of the deepest part of ``path`` that exists in a valid document."""
    node = yaml.compose(document, Loader=yaml.SafeLoader)
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = {key.value: (key, value) for key, value in node.value}
            if step not in pairs:
                break
            key, node = pairs[step]
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
