"""Which plug-ins there are, read from source without importing them: most of them would load torch."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

__all__ = ["PluginDescription", "list_plugins"]

_DISTRIBUTION = "automl-tl"
_PARSING = Lock()

# Slot of a registry -> package whose modules register the in-tree plug-ins of that slot.
_PACKAGES = {
    "modality": "automl_tl.data.modalities",
    "dataset_source": "automl_tl.data.sources",
    "scorer": "automl_tl.transferability",
    "strategy": "automl_tl.finetune.strategies",
    "model_source": "automl_tl.zoo.sources",
    "report_section": "automl_tl.report.sections",
}


@dataclass(frozen=True)
class PluginDescription:
    """One plug-in: kind, name, one sentence, and the Python distribution that provides it."""

    slot: str
    name: str
    summary: str
    distribution: str


def list_plugins() -> tuple[PluginDescription, ...]:
    """Return in-tree plug-ins and those of entry points, by slot and name; any number of threads may ask."""
    # CPython 3.11 counts the depth of its parser for all threads together and fails when two parse at once.
    with _PARSING:
        return _list_plugins()


@cache
def _list_plugins() -> tuple[PluginDescription, ...]:
    found = [plugin for slot, package in _PACKAGES.items() for plugin in _in_tree(slot, package)]
    for slot in _PACKAGES:
        for point in entry_points(group=f"automl_tl.{slot}"):
            distribution = point.dist.name if point.dist else ""
            found.append(PluginDescription(slot, point.name, "", distribution))
    return tuple(sorted(found, key=lambda plugin: (plugin.slot, plugin.name)))


def _in_tree(slot: str, package: str) -> Iterator[PluginDescription]:
    spec = find_spec(package)
    for module in pkgutil.walk_packages(spec.submodule_search_locations if spec else [], f"{package}."):
        origin = getattr(module.module_finder.find_spec(module.name, None), "origin", None)
        if origin and origin.endswith(".py"):
            yield from _registered(slot, _parse(Path(origin)))


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _registered(slot: str, tree: ast.Module) -> Iterator[PluginDescription]:
    """Yield a description for every statement ``registry.register(NAME, Class(...))``."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        match node:
            case ast.Expr(
                ast.Call(func=ast.Attribute(attr="register"), args=[name, ast.Call(func=ast.Name(id=owner))])
            ) if owner in classes:
                yield PluginDescription(slot, _text(name, tree), _summary(classes[owner]), _DISTRIBUTION)


def _text(node: ast.expr | None, tree: ast.Module) -> str:
    """Return the text that a literal, a class attribute, or a name of this or another module stands for."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute):
            body = next(
                (item.body for item in tree.body if isinstance(item, ast.ClassDef) and item.name == owner), []
            )
            return _text(_assigned(body, attribute), tree)
        case ast.Name(id=name):
            here = _assigned(tree.body, name)
            return _text(here, tree) if here is not None else _imported_text(name, tree)
    return ""


def _imported_text(name: str, tree: ast.Module) -> str:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
            original = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
            spec = find_spec(node.module or "")
            if spec and spec.origin:
                return _text(ast.Name(id=original), _parse(Path(spec.origin)))
    return ""


def _assigned(body: list[ast.stmt], name: str) -> ast.expr | None:
    """Return the value of ``name = value`` among these statements."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                return value
    return None


def _summary(node: ast.ClassDef) -> str:
    """Return a plug-in's sentence: the attribute ``summary``, else the first line of its docstring."""
    match _assigned(node.body, "summary"):
        case ast.Constant(value=str(text)):
            return text
    return (ast.get_docstring(node) or "").partition("\n")[0]
