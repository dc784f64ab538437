"""Mixed images are what their shares say, and texts are never mixed."""

from __future__ import annotations

import pytest
import torch

from automl_tl.finetune.mixing import mix
from automl_tl.finetune.recipe import Recipe

COLOURS = torch.arange(1.0, 9.0)[:, None, None, None].expand(8, 3, 20, 30)


def mixture(seed: int = 0, **alphas):
    return mix({"pixels": COLOURS}, Recipe("full_finetune", **alphas), torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("alphas", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.2, "cutmix": 1.0}])
@pytest.mark.parametrize("seed", range(6))
def test_the_mean_of_a_mixture_is_the_mean_by_shares(alphas, seed):
    found = mixture(seed, **alphas)
    own = torch.arange(1.0, 9.0)
    expected = found.share * own + (1 - found.share) * own[found.partners]
    torch.testing.assert_close(found.batch["pixels"].mean(dim=(1, 2, 3)), expected, rtol=1e-4, atol=1e-4)
    assert 0 <= found.share <= 1
    assert sorted(found.partners.tolist()) == list(range(8))


def test_cutmix_pastes_and_mixup_blends():
    assert all(len(image.unique()) <= 2 for image in mixture(1, cutmix=1.0).batch["pixels"])
    blended = mixture(1, mixup=1.0).batch["pixels"]
    assert all(len(image.unique()) == 1 for image in blended)


def test_both_kinds_take_turns():
    kinds = {len(mixture(seed, mixup=1.0, cutmix=1.0).batch["pixels"][0].unique()) for seed in range(20)}
    assert kinds == {1, 2}


def test_nothing_is_mixed_without_a_recipe_for_it_or_in_texts():
    plain = mixture()
    assert plain.batch["pixels"] is COLOURS
    assert plain.share == 1.0
    texts = {"input_ids": torch.ones(2, 5, dtype=torch.long)}
    assert mix(texts, Recipe("full_finetune", mixup=1.0), torch.Generator()).batch is texts


def test_shares_follow_the_beta_distribution():
    shares = torch.tensor([mixture(seed, mixup=0.4).share for seed in range(300)])
    assert shares.mean() == pytest.approx(0.5, abs=0.07)
    assert shares.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), abs=0.03)
