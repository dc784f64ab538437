"""Augmentation is seeded and gentle, and texts lose tokens only where a recipe says so."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.augment import Augmenter
from automl_tl.finetune.recipe import AUGMENTATIONS, Recipe
from automl_tl.testing.strategy import tiny_image_backbone
from automl_tl.testing.tiny_models import tiny_text_model
from automl_tl.zoo.backbone import Batch


def augment(batch: Batch, kind: str, generator: torch.Generator, **options) -> Batch:
    torch.manual_seed(generator.initial_seed())
    return Augmenter(Recipe("full_finetune", augment=kind, **options), tiny_image_backbone())(batch, generator)


def pixels(n: int = 6) -> torch.Tensor:
    return torch.randn(n, 3, 20, 20, generator=torch.Generator().manual_seed(0))


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", [kind for kind in AUGMENTATIONS if kind != "none"])
def test_the_same_seed_gives_the_same_images_and_another_seed_others(kind):
    batch = {"pixels": pixels()}
    first = augment(batch, kind, seeded())["pixels"]
    assert torch.equal(first, augment(batch, kind, seeded())["pixels"])
    assert not torch.equal(first, augment(batch, kind, seeded(2))["pixels"])
    assert first.shape == batch["pixels"].shape


def test_none_changes_nothing():
    batch = {"pixels": pixels()}
    assert torch.equal(augment(batch, "none", seeded())["pixels"], batch["pixels"])


def test_texts_come_back_as_they_are():
    batch = {"input_ids": torch.ones(2, 5, dtype=torch.long)}
    assert augment(batch, "flip", seeded(), token_masking=0.5) is batch


def test_tokens_are_hidden_where_the_tokenizer_has_a_mask():
    backbone = tiny_text_model()
    batch = backbone.preprocess(["the cat sat on the mat and the dog too"] * 8)
    recipe = Recipe("full_finetune", token_masking=0.5)
    hidden = Augmenter(recipe, backbone)(batch, seeded())["input_ids"] == backbone.mask_token_id
    assert 0.2 < hidden.float().mean() < 0.6
    assert Augmenter(Recipe("full_finetune"), backbone)(batch, seeded()) is batch


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


def test_a_crop_looks_at_a_window_inside_the_image():
    rows, columns = torch.linspace(-1, 1, 40)[:, None].expand(40, 40), torch.linspace(-1, 1, 40).expand(40, 40)
    batch = torch.stack([rows, columns, torch.zeros(40, 40)]).expand(64, 3, 40, 40)
    seen = augment({"pixels": batch}, "crop", seeded())["pixels"]
    spans = torch.stack(
        [seen[:, 0].amax((1, 2)) - seen[:, 0].amin((1, 2)), seen[:, 1].amax((1, 2)) - seen[:, 1].amin((1, 2))]
    )
    assert (spans < 2 * 1.4).all()
    assert (spans[0] * spans[1] / 4).mean() == pytest.approx(0.75, abs=0.15)


def test_erasing_comes_on_top_of_any_kind():
    whole = torch.ones(32, 3, 20, 20)
    erased = augment({"pixels": whole}, "none", seeded(), erasing=1.0)["pixels"]
    assert ((erased == 0).flatten(1).any(dim=1)).all()
    assert (whole == 1).all()
