"""Names of types of GPU, and what is known of them."""

import math

import pytest

from automl_tl.search.accelerators import accelerator_bytes, check_accelerator


@pytest.mark.parametrize("name", ["H200", "A100-80G", "AMD-Instinct-MI300X-OAM", "our_own.type"])
def test_what_ray_could_know_passes_unchanged(name):
    """Operators may give their nodes types of their own."""
    assert check_accelerator(name) == name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "such as H200"),
        ("two words", "such as H200"),
        ("-h", "such as H200"),
        ("x" * 65, "at most 64"),
        ("h200", "'H200', not 'h200'"),
        ("NVIDIA-H200", "'H200', not"),
        ("Tesla-T4", "'T4', not"),
        ("A100-80g", "'A100-80G', not"),
    ],
)
def test_what_ray_would_wait_for_without_end_is_refused_with_what_is_meant(name, told):
    """A pending task says nothing; a message at once does."""
    with pytest.raises(ValueError, match=told):
        check_accelerator(name)


def test_memory_is_known_by_type_and_else_not():
    """The smaller size where a type has two."""
    assert accelerator_bytes("A100") == 40e9
    assert accelerator_bytes("H200") > accelerator_bytes("H100")
    assert math.isnan(accelerator_bytes("our_own.type"))
