"""Augmentations of signals: what each changes, and what it leaves as it is."""

from __future__ import annotations

import pytest
import torch

from fitness.training.augmentation import SIGNALS, augmentation
from fitness.training.signal_augmentation import LARGEST_FACTOR, erase, noise, scale, shift


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def signals(count: int = 64, channels: int = 2, length: int = 40) -> torch.Tensor:
    """Draw signals around 100 and -100."""
    offset = torch.tensor([100.0, -100.0]).view(1, 2, 1)[:, :channels]
    return offset + torch.randn(count, channels, length, generator=generator(9))


def test_shift_moves_all_channels_together_and_repeats_the_ends() -> None:
    x = torch.arange(20.0).view(1, 1, 20).repeat(200, 2, 1)
    found = shift(x, generator())
    assert torch.equal(found[:, 0], found[:, 1])
    moved = {tuple(row.tolist()) for row in found[:, 0]}
    line = torch.arange(20)
    assert moved == {tuple((line + d).clamp(0, 19).float().tolist()) for d in range(-2, 3)}


def test_scaling_keeps_the_mean_and_multiplies_the_rest_by_one_factor() -> None:
    x = signals().double()
    found, mean = scale(x, generator()), x.mean(2, keepdim=True)
    torch.testing.assert_close(found.mean(2, keepdim=True), mean)
    factor = ((found - mean) / (x - mean)).flatten(1)
    assert bool((factor.max(1).values - factor.min(1).values < 1e-6).all())
    assert 1 / LARGEST_FACTOR <= float(factor.min()) < 0.85
    assert 1.2 < float(factor.max()) <= LARGEST_FACTOR


def test_noise_is_a_twentieth_of_each_channels_deviation() -> None:
    x = signals(200, 2, 500).double()
    x[:, 1] *= 10.0
    added = noise(x, generator()) - x
    share = added.std((0, 2)) / x.std(2).mean(0)
    assert share.tolist() == pytest.approx([0.05, 0.05], rel=0.05)
    assert abs(float(added[:, 0].mean())) < 1e-3
    assert not torch.equal(added[0, 0], added[1, 0])


def test_a_constant_channel_stays_as_it_is() -> None:
    x = torch.full((4, 1, 9), 7.0)
    for part in (shift, scale, noise, erase):
        assert torch.equal(part(x, generator()), x)


def test_an_eighth_is_set_to_the_mean_in_all_channels_at_once() -> None:
    x = signals(200)
    found = erase(x, generator())
    changed = found != x
    assert torch.equal(changed[:, 0], changed[:, 1])
    assert set(changed[:, 0].sum(1).tolist()) == {3, 4, 5}  # less at the ends
    mean = x.mean(2, keepdim=True).expand_as(x)
    assert torch.equal(found[changed], mean[changed])


@pytest.mark.parametrize("name", [*SIGNALS, "shift-scale-noise-erase"])
@pytest.mark.parametrize("shape", [(3, 1, 1), (32, 2, 17), (2, 3, 100)])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_shape_type_and_dependence_on_the_seed(
    name: str, shape: tuple[int, ...], kind: torch.dtype
) -> None:
    x = torch.randn(shape, generator=generator(3), dtype=kind)
    before, augment = x.clone(), augmentation(name)
    assert augment is not None
    first, same, other = (augment(x, generator(seed)) for seed in (1, 1, 2))
    assert (first.shape, first.dtype) == (x.shape, kind)
    assert bool(first.isfinite().all())
    assert torch.equal(first, same)
    assert torch.equal(x, before)
    assert shape[2] == 1 or not torch.equal(first, other)


def test_strength_is_the_chance_of_a_signal_to_be_augmented() -> None:
    weak = augmentation("noise", strength=0.3)
    assert weak is not None
    x = signals(1000, 1, 8)
    assert 250 < int((weak(x, generator()) != x).flatten(1).any(1).sum()) < 350
