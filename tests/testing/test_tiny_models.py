"""Tiny models are real models: seeded, small and loadable."""

import torch

from automl_tl.testing.tiny_models import (
    tiny_image_model,
    tiny_text_model,
    write_hub_cache,
    write_timm_pair,
    write_transformers_folder,
)


def test_the_same_seed_gives_the_same_model():
    """And another seed another one."""
    for build in (tiny_image_model, tiny_text_model):
        first, same, other = (
            torch.cat([p.flatten() for p in build(seed=seed, num_classes=3).parameters()]) for seed in (1, 1, 2)
        )
        assert torch.equal(first, same)
        assert not torch.equal(first, other)


def test_they_are_tiny():
    """Small enough for hundreds of tests."""
    for build in (tiny_image_model, tiny_text_model):
        assert sum(p.numel() for p in build().parameters()) < 25_000


def test_files_lie_where_users_put_them(tmp_path):
    """Weights with their description, a transformers folder, a hub cache."""
    assert write_timm_pair(tmp_path, "net").with_suffix(".json").is_file()
    folder = write_transformers_folder(tmp_path / "encoder")
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= {path.name for path in folder.iterdir()}
    assert write_hub_cache(tmp_path, "a/b", "c0").relative_to(tmp_path).parts == (
        "models--a--b",
        "snapshots",
        "c0",
    )
