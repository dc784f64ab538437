"""The one YAML loader, and a writer for it: no aliases, no duplicate keys, YAML 1.2 numbers.

PyYAML reads ``lr: 1e-3`` as a string and ``on: 1`` as ``{True: 1}``, and expands aliases without bound; a
search space read that way fails late or not at all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from automl_tl.errors import SearchSpaceError

__all__ = ["dump_text", "load_file", "load_text"]


class _StrictLoader(yaml.SafeLoader):
    """SafeLoader with the YAML 1.2 core schema, without aliases and duplicate keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                message = f"keys must be strings but got {key!r}"
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            if key in seen:
                message = f"the key {key!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, message, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", r"~|null|", ["~", "n", ""]),
    ("tag:yaml.org,2002:bool", r"true|false", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+", list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan",
        list("-+.0123456789"),
    ),
):
    _StrictLoader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), _first)


def load_text(text: str, *, name: str) -> Any:
    """Parse one YAML document.

    Parameters
    ----------
    text
        The document.
    name
        What to call it in error messages, such as a file name.

    Raises
    ------
    SearchSpaceError
        With line and column, if the document is not YAML or breaks a rule of this loader.
    """
    try:
        loader = _StrictLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise SearchSpaceError(f"{place}: {error.problem}", field=name) from None
    except (yaml.YAMLError, ValueError) as error:
        raise SearchSpaceError(f"{name}: {error}", field=name) from None


def load_file(path: Path) -> Any:
    """Parse one YAML file; see :func:`load_text`."""
    return load_text(path.read_text(encoding="utf-8"), name=path.name)


def dump_text(value: Any) -> str:
    """Return a document that :func:`load_text` reads back as this value: mappings, lists, text, numbers, None."""
    return yaml.dump(value, Dumper=_StrictDumper, sort_keys=False, allow_unicode=True, width=110)


class _StrictDumper(yaml.SafeDumper):
    """SafeDumper that never writes an alias, and quotes text that would be read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_StrictDumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, ()), *resolvers]
    for first, resolvers in _StrictLoader.yaml_implicit_resolvers.items()
} | {
    first: list(resolvers)
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    if first not in _StrictLoader.yaml_implicit_resolvers
}
