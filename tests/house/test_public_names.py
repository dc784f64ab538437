"""Every public name exists, and every name that looks public is meant to be."""

import ast
import importlib

import pytest


def exported(tree):
    """Return the names in ``__all__``, or None if there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            return ast.literal_eval(node.value)
    return None


def defined(tree):
    """Return the names that are bound at the top level of a module."""
    names = set()
    for node in ast.walk(
        ast.Module([n for n in tree.body if not isinstance(n, ast.ClassDef | ast.FunctionDef)], [])
    ):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return names | {
        n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_name_in_all_exists(trees):
    """A name in ``__all__`` that is not there fails only at the user's."""
    missing = []
    for path, tree in trees.items():
        names = exported(tree) or []
        if "__getattr__" in defined(tree):
            module = importlib.import_module("automl_tl." + path.removesuffix("/__init__.py").replace("/", ".")
                                             if path != "__init__.py" else "automl_tl")  # fmt: skip
            missing += [f"{path}: {name}" for name in names if not hasattr(module, name)]
        else:
            missing += [f"{path}: {name}" for name in names if name not in defined(tree)]
    assert not missing


def test_all_is_sorted_without_twins(trees):
    """Two people who add a name find the same place for it."""
    for path, tree in trees.items():
        names = exported(tree) or []
        assert len(names) == len(set(names)), path


def test_every_module_says_what_it_is(trees):
    """One sentence at the head of every file."""
    assert [path for path, tree in trees.items() if not (ast.get_docstring(tree) or "").strip(" .")] == []


@pytest.mark.parametrize("name", ["errors.py", "names.py", "registry.py", "strict_yaml.py"])
def test_the_base_exports_everything_public(trees, name):
    """What does not begin with an underscore is listed."""
    public = {
        node.name
        for node in trees[name].body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    }
    assert public <= set(exported(trees[name]))
