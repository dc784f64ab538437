"""Data sets on nodes that do not see the driver's disk."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest

from automl_tl.data.dataset import Dataset
from automl_tl.data.on_demand import ExamplesOnDemand
from automl_tl.distributed import node_data
from automl_tl.distributed.node_data import SharedDataset, publish_inputs, with_inputs_here
from automl_tl.distributed.node_directory import sweep
from automl_tl.finetune.workload import LabelledInputs, WholeParts
from automl_tl.testing.runner import toy_workload


class Copies:
    """Brings what the test says, once for all processes of the machine."""

    def publish(self, dataset):
        self.published = dataset.digest

    def bring(self, dataset, directory):
        if not directory.is_dir():
            directory.mkdir()
            (directory / "a.png").write_text("brought")
        return replace(dataset, root=directory)


def test_a_data_set_is_read_on_the_disk_of_the_node(tmp_path, monkeypatch):
    """Where nodes see the driver's disk it is left alone; a copy stays as long as the process."""
    monkeypatch.setenv("AUTOML_TL_NODE_DIRECTORY", str(tmp_path / "node"))
    dataset = Dataset("image", "ab" * 32, tmp_path / "driver", ("a.png",), ("a.png",), {})
    assert SharedDataset(dataset).here() is dataset
    try:
        for _ in range(2):
            there = SharedDataset(dataset, Copies()).here()
            assert there.root == tmp_path / "node" / "datasets" / dataset.digest
        assert sweep(there.root.parent) == 1  # the lock under which it was fetched
        assert (there.root / "a.png").read_text() == "brought"
    finally:
        node_data._held.cache_clear()
    gc.collect()
    assert sweep(there.root.parent) == 1
    assert not there.root.exists()


@pytest.fixture
def dataset(tmp_path):
    return Dataset("image", "cd" * 32, tmp_path / "driver", ("a.png", "b.png"), ("a.png", "b.png"), {})


def test_inputs_that_trials_read_while_they_train_are_read_on_the_node(dataset, tmp_path, monkeypatch):
    """Of samples and of the whole; decoded inputs have travelled with the workload."""
    monkeypatch.setenv("AUTOML_TL_NODE_DIRECTORY", str(tmp_path / "node"))
    part = LabelledInputs(ExamplesOnDemand(dataset, np.array([1])), np.array([0]))
    decoded, copies = toy_workload(tmp_path), Copies()
    workload = replace(decoded, validation=part, whole=WholeParts(part, part))
    publish_inputs(workload, None)
    publish_inputs(workload, copies)
    assert copies.published == dataset.digest
    try:
        there = with_inputs_here(workload, copies)
        assert there.train is decoded.train
        for each in (there.validation, there.whole.train, there.whole.validation):
            assert each.inputs.dataset.root == tmp_path / "node" / "datasets" / dataset.digest
            assert each.inputs.rows.tolist() == [1]
    finally:
        node_data._held.cache_clear()
    assert with_inputs_here(workload, None) is workload
    assert with_inputs_here(decoded, copies) is decoded
