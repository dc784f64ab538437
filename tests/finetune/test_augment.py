"""Augmentation is seeded, gentle and never touches texts."""

from __future__ import annotations

import torch

from automl_tl.finetune.augment import augment


def pixels(n: int = 6) -> torch.Tensor:
    return torch.randn(n, 3, 20, 20, generator=torch.Generator().manual_seed(0))


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_seed_gives_the_same_images_and_another_seed_others():
    batch = {"pixels": pixels()}
    first = augment(batch, "light", seeded())["pixels"]
    assert torch.equal(first, augment(batch, "light", seeded())["pixels"])
    assert not torch.equal(first, augment(batch, "light", seeded(2))["pixels"])
    assert first.shape == batch["pixels"].shape


def test_none_changes_nothing():
    batch = {"pixels": pixels()}
    assert augment(batch, "none", seeded()) is batch


def test_texts_come_back_as_they_are():
    batch = {"input_ids": torch.ones(2, 5, dtype=torch.long)}
    assert augment(batch, "flip", seeded()) is batch


def test_the_middle_of_an_image_stays_near_the_middle():
    batch = torch.zeros(32, 3, 21, 21)
    batch[:, :, 9:12, 9:12] = 1.0
    moved = augment({"pixels": batch}, "light", seeded())["pixels"]
    peaks = (moved - moved.amin(dim=(2, 3), keepdim=True)).flatten(2).argmax(dim=2).float()
    rows, columns = peaks // 21, peaks % 21
    assert ((rows - 10).abs() <= 4).all()
    assert ((columns - 10).abs() <= 4).all()


def test_only_flip_mirrors_images():
    ramp = torch.linspace(-1, 1, 20).expand(64, 3, 20, 20)

    def mirrored(kind: str) -> int:
        changed = augment({"pixels": ramp}, kind, seeded())["pixels"]
        return int((changed[:, 0, :, -5:].mean(dim=(1, 2)) < changed[:, 0, :, :5].mean(dim=(1, 2))).sum())

    assert mirrored("light") == 0
    assert 16 < mirrored("flip") < 48
