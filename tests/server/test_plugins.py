"""The plug-ins that are told are those that are registered."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from automl_tl.data.modalities.base import modalities
from automl_tl.data.sources.base import dataset_sources
from automl_tl.server.plugins import _list_plugins, list_plugins
from automl_tl.transferability.base import scorers


def named(slot):
    return tuple(plugin.name for plugin in list_plugins() if plugin.slot == slot)


@pytest.mark.parametrize("registry", [modalities, dataset_sources, scorers], ids=lambda registry: registry.slot)
def test_the_list_agrees_with_the_registry(registry):
    assert named(registry.slot) == registry.names()


@pytest.mark.parametrize(
    ("slot", "module", "name"),
    [
        ("strategy", "automl_tl.finetune.strategies.base", "strategies"),
        ("model_source", "automl_tl.zoo.sources.base", "model_sources"),
    ],
)
def test_the_list_agrees_with_registries_that_load_torch(slot, module, name):
    registry = getattr(__import__(module, fromlist=[name]), name)
    assert named(slot) == registry.names()


def test_every_plugin_has_a_sentence_and_a_distribution():
    assert [plugin for plugin in list_plugins() if not plugin.summary or not plugin.distribution] == []


def test_listing_loads_no_torch():
    code = (
        "import sys; from automl_tl.server.plugins import list_plugins; assert list_plugins(); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_that_ask_at_once_all_get_the_answer():
    """The first time, each would parse every plug-in, which CPython does not survive in parallel."""
    for _ in range(3):
        _list_plugins.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: list_plugins(), range(8)))
        assert all(answer == answers[0] for answer in answers)
