"""The shipped contract catches modalities that break it."""

import pytest

from automl_tl.data.modalities.base import modalities
from automl_tl.data.modalities.text import TextModality
from automl_tl.testing.modality import ModalityContract


class _Contract(ModalityContract):
    modality_name = "text"
    plugin = TextModality()

    def modality(self):
        return self.plugin

    def write_inputs(self, root):
        return ("one", "One", "two")

    def unusable_input(self, root):
        return " "


class Sorted(TextModality):
    """Breaks the contract: rows come back in another order."""

    def read(self, dataset, indices):
        return super().read(dataset, sorted(indices))


class Blind(TextModality):
    """Breaks the contract: all inputs are the same to it."""

    def content_key(self, dataset, index):
        return "key"


class Lenient(TextModality):
    """Breaks the contract: nothing is ever wrong."""

    def check(self, root, value, limits):
        return ""


@pytest.mark.parametrize(
    ("plugin", "test"),
    [
        (Sorted(), "test_reads_rows_in_the_order_asked_for"),
        (Blind(), "test_equal_content_has_one_key"),
        (Lenient(), "test_an_unusable_input_gets_a_reason"),
    ],
)
def test_a_broken_modality_fails_its_test(plugin, test, tmp_path):
    """And the one it was made from passes it."""
    contract = _Contract()
    getattr(contract, test)(tmp_path)
    contract.plugin = plugin
    with pytest.raises(AssertionError):
        getattr(contract, test)(tmp_path)


def test_the_contract_takes_the_registered_plugin():
    """Only the name is stated by a subclass."""

    class Plain(_Contract):
        modality = ModalityContract.modality

    assert Plain().modality() is modalities.get("text")
