"""What is known of strategies without loading them is what they say themselves."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from automl_tl.errors import SearchSpaceError
from automl_tl.finetune.strategies import base
from automl_tl.finetune.strategies.base import strategies
from automl_tl.registry import Registry
from automl_tl.search import known_strategies as module
from automl_tl.search.known_strategies import BUILTIN, TASKS, known_strategies, known_tasks
from automl_tl.search.space_reader import parse_space

SPACE = (
    "modality: image\nstrategies:\n  {name}:\n    {field}: {{kind: float, low: 0.1, high: 0.7, default: 0.5}}\n"
)

WITHOUT_TORCH = """
import sys
from automl_tl.errors import SearchSpaceError
from automl_tl.search.space_reader import parse_space

try:
    parse_space(sys.argv[1])
except SearchSpaceError as error:
    print(error.message)
print("torch" in sys.modules)
"""


def plug_in(monkeypatch, name):
    """Pretend that a package is installed that brings a strategy."""
    monkeypatch.setattr(module, "entry_points", lambda group: [SimpleNamespace(name=name, group=group)])


def test_the_table_is_what_the_strategies_say():
    """A strategy that is added or looks at something else must stand here, too."""
    assert dict(BUILTIN) == {name: strategies.get(name).parameters for name in strategies.names()}

    assert dict(TASKS) == {name: strategies.get(name).tasks for name in strategies.names()}


def test_a_space_is_checked_without_torch():
    """The server checks a job's space, and loads no torch."""
    text = SPACE.format(name="lora", field="layer_decay")
    command = [sys.executable, "-c", WITHOUT_TORCH, text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "strategies.lora.layer_decay is of no use to lora" in done.stdout
    assert done.stdout.endswith("False\n")


def test_a_plug_in_that_is_not_loaded_may_use_every_parameter(monkeypatch):
    """Its name is known from its entry point; what it looks at only it could say."""
    monkeypatch.delitem(sys.modules, "automl_tl.finetune.strategies.base")
    plug_in(monkeypatch, "mine")
    assert known_strategies() == {"mine": None, **BUILTIN}
    assert known_tasks() == {"mine": None, **TASKS}
    assert parse_space(SPACE.format(name="mine", field="dropout")).strategies[0].name == "mine"
    with pytest.raises(SearchSpaceError, match=r"mine.dropuot is not known here; .*; did you mean 'dropout'"):
        parse_space(SPACE.format(name="mine", field="dropuot"))


def test_a_plug_in_that_is_loaded_says_what_it_uses(monkeypatch):
    """As where trials run: its parameters are checked as those of the others are."""
    registry = Registry("strategy")
    registry.register("mine", SimpleNamespace(parameters=("dropout",), tasks=("regression",)))
    registry.register("silent", SimpleNamespace())
    monkeypatch.setattr(base, "strategies", registry)
    assert {**known_strategies()} == {**BUILTIN, "mine": ("dropout",), "silent": None}
    assert {**known_tasks()} == {**TASKS, "mine": ("regression",), "silent": None}
    parse_space(SPACE.format(name="mine", field="dropout"))
    parse_space(SPACE.format(name="silent", field="dropout"))
    with pytest.raises(
        SearchSpaceError, match=r"mine.mixup is of no use to mine; known: dropout; of use to from_"
    ):
        parse_space(SPACE.format(name="mine", field="mixup"))
