"""Registries of plug-ins."""

import threading
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from automl_tl import registry as registry_module
from automl_tl.errors import AlreadyExists, NotFound
from automl_tl.registry import Registry


def test_entries_are_found_by_name():
    """Registering returns the entry, so that it can be used as it is."""
    registry = Registry("scorer")
    assert registry.register("b", 2) == 2
    registry.register("a", 1)
    assert registry.get("a") == 1
    assert registry.names() == tuple(registry) == ("a", "b")
    assert "a" in registry
    assert "c" not in registry


def test_a_duplicate_is_an_error():
    """Two plug-ins of one name would depend on the order of imports."""
    registry = Registry("scorer")
    registry.register("a", 1)
    with pytest.raises(AlreadyExists, match="scorer 'a' is registered twice"):
        registry.register("a", 1)


def test_an_unknown_name_lists_the_known_ones():
    """Also if there are none."""
    registry = Registry("scorer")
    with pytest.raises(NotFound, match="there is no scorer 'x'; known: none"):
        registry.get("x")
    registry.register("a", 1)
    with pytest.raises(NotFound, match="known: a") as caught:
        registry.get("x")
    assert caught.value.field == "scorer"


def test_builtins_are_loaded_once_at_the_first_question():
    """Importing a registry stays cheap."""
    calls = []
    registry = Registry("scorer", lambda: calls.append(registry.register("builtin", 1)))
    assert calls == []
    assert "builtin" in registry
    assert registry.get("builtin") == 1
    assert calls == [1]


def test_entry_points_add_plugins(monkeypatch):
    """An installed package registers under its entry point's name, in the group of the slot."""
    groups = []

    def entry_points(group):
        groups.append(group)
        return EntryPoints([EntryPoint("third", "math:pi", group)])

    monkeypatch.setattr(registry_module, "entry_points", entry_points)
    assert Registry("scorer").get("third") == pytest.approx(3.14159, abs=1e-4)
    assert groups == ["automl_tl.scorer"]


def test_threads_wait_until_everything_is_registered():
    """A server's first requests come at once; none of them may see an empty registry."""

    def load_slowly():
        begun.set()
        go_on.wait(10)
        registry.register("a", 1)

    registry = Registry("scorer", load_slowly)
    begun, go_on, seen = threading.Event(), threading.Event(), []
    threads = [threading.Thread(target=lambda: seen.append(registry.names())) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join()
    assert seen == [("a",)] * 5


def test_a_plug_in_may_ask_while_it_is_loaded():
    """It finds those that came before it."""

    def load():
        registry.register("a", 1)
        assert registry.names() == ("a",)
        registry.register("b", 2)

    registry = Registry("scorer", load)
    assert registry.names() == ("a", "b")
