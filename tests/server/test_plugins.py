"""The plug-ins that are told are those that are registered."""

import subprocess
import sys

import pytest

from automl_tl.data.modalities.base import modalities
from automl_tl.data.sources.base import dataset_sources
from automl_tl.server.plugins import list_plugins
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
