"""Nothing that was made elsewhere is ever executed: no pickle, no remote code, no unsafe loaders."""

import ast

import pytest

PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def calls(trees, name):
    """Yield (place, call) for every call of a function or method with this name."""
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                function = node.func
                called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
                if called == name:
                    yield f"{path}:{node.lineno}", node


def has_constant(call, keyword, value):
    return any(
        entry.arg == keyword and isinstance(entry.value, ast.Constant) and entry.value.value is value
        for entry in call.keywords
    )


def owner(call):
    """Return the name left of the dot: ``torch`` in ``torch.load``."""
    function = call.func
    return (
        function.value.id if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) else ""
    )


def test_from_pretrained_never_trusts_remote_code(trees):
    """Written out at every call, so that a change of a library's default cannot matter."""
    bad = [
        place
        for place, call in calls(trees, "from_pretrained")
        if not has_constant(call, "trust_remote_code", False)
    ]
    assert not bad


def test_nobody_trusts_remote_code(trees):
    """No call of any name says True."""
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
                assert isinstance(node.value, ast.Constant), f"{path}:{node.value.lineno}"
                assert node.value.value is False, f"{path}:{node.value.lineno}"


def test_torch_load_reads_weights_only(trees):
    """Anything else unpickles."""
    loads = [(place, call) for place, call in calls(trees, "load") if owner(call) == "torch"]
    assert [place for place, call in loads if not has_constant(call, "weights_only", True)] == []


def test_nothing_is_unpickled(trees):
    """No module imports a pickler, and numpy's is not switched on."""
    bad = []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            bad += [f"{path}:{node.lineno}: {name}" for name in names if name.split(".")[0] in PICKLES]
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path
    assert not bad


def test_yaml_goes_through_the_strict_loader(trees):
    """One place parses YAML; nowhere is ``yaml.load`` or another of its loaders called."""
    for name in ("load", "load_all", "safe_load", "safe_load_all", "full_load", "unsafe_load"):
        assert [place for place, call in calls(trees, name) if owner(call) == "yaml"] == []
    importers = {
        path
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(alias.name == "yaml" for alias in node.names)
    }
    assert "strict_yaml.py" in importers


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__"])
def test_no_text_becomes_code(trees, name):
    """Methods of that name (``model.eval()``, ``re.compile``) are something else."""
    assert [place for place, call in calls(trees, name) if isinstance(call.func, ast.Name)] == []


def test_no_archive_is_unpacked_blindly(trees):
    """``unpack_archive`` and ``TarFile.extractall`` trust the names inside; a zip must be checked before."""
    assert [place for place, _ in calls(trees, "unpack_archive")] == []
    tars = {path for path, tree in trees.items() for node in ast.walk(tree)
            if isinstance(node, ast.Import) and any(alias.name == "tarfile" for alias in node.names)}  # fmt: skip
    assert [place for place, _ in calls(trees, "extractall") if place.split(":")[0] in tars] == []
