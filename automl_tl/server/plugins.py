"""Which plug-ins there are, without importing them: most of them would load torch."""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

__all__ = ["PluginDescription", "list_plugins"]

_DISTRIBUTION = "automl-tl"

# Slot of a registry -> package whose modules register the in-tree plug-ins of that slot.
_PACKAGES = {
    "modality": "automl_tl.data.modalities",
    "dataset_source": "automl_tl.data.sources",
    "scorer": "automl_tl.transferability",
    "strategy": "automl_tl.finetune.strategies",
    "model_source": "automl_tl.zoo.sources",
    "report_section": "automl_tl.report.sections",
}
# What a plug-in calls its own name.
_NAME_ATTRIBUTES = ("name", "scheme")


@dataclass(frozen=True)
class PluginDescription:
    """One plug-in: kind, name, one sentence, and the Python distribution that provides it."""

    slot: str
    name: str
    summary: str
    distribution: str


@cache
def list_plugins() -> tuple[PluginDescription, ...]:
    """Return in-tree plug-ins, read from the source, and those of entry points, by slot and name."""
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
            yield from _registered(slot, Path(origin))


def _registered(slot: str, path: Path) -> Iterator[PluginDescription]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        owner = _registered_class(node)
        if owner in classes:
            yield PluginDescription(slot, *_described(classes[owner]), _DISTRIBUTION)


def _registered_class(node: ast.stmt) -> str:
    """Return ``X`` of a statement ``registry.register(X.name, ...)``, else ""."""
    match node:
        case ast.Expr(
            ast.Call(
                func=ast.Attribute(attr="register"),
                args=[ast.Attribute(value=ast.Name(id=owner), attr=attribute), *_],
            )
        ) if attribute in _NAME_ATTRIBUTES:
            return owner
    return ""


def _described(node: ast.ClassDef) -> tuple[str, str]:
    """Return a plug-in class's name and its sentence: ``summary``, else the docstring's first line."""
    texts: dict[str, str] = {}
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str(text))):
                texts[target] = text
    name = next((texts[attribute] for attribute in _NAME_ATTRIBUTES if attribute in texts), node.name)
    return name, texts.get("summary") or (ast.get_docstring(node) or "").partition("\n")[0]
