import pytest
import torch

from fitness.training.augmentation import augmentation, crop, erase, flip, shift
from genomes.genes.registry import UnknownName


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int, height: int = 3, width: int = 4) -> torch.Tensor:
    """The same image of the numbers from one on, `count` times: (count, 1, height, width)."""
    image = torch.arange(1, height * width + 1, dtype=torch.uint8)
    return image.view(1, 1, height, width).repeat(count, 1, 1, 1)


def test_flip_mirrors_about_half() -> None:
    x = numbered(400)
    y = flip(x, generator())
    mirrored = (y == x.flip(3)).flatten(1).all(1)
    assert bool((mirrored | (y == x).flatten(1).all(1)).all())
    assert 150 < int(mirrored.sum()) < 250


def test_shift_moves_by_one_pixel_and_fills_with_zero() -> None:
    x = numbered(400)
    padded = torch.nn.functional.pad(x[0, 0], (1, 1, 1, 1))
    possible = {
        tuple(padded[dy : dy + 3, dx : dx + 4].flatten().tolist())
        for dy in range(3)
        for dx in range(3)
    }
    found = {tuple(image.flatten().tolist()) for image in shift(x, generator())}
    assert found == possible  # nine places, each met


def test_shift_is_wider_for_larger_images_and_moves_channels_together() -> None:
    x = numbered(64, 28, 9).repeat(1, 2, 1, 1)
    y = shift(x, generator())
    assert torch.equal(y[:, 0], y[:, 1])
    assert bool((y[:, :, :2] == 0).flatten(1).all(1).any())  # some moved down by two


def test_crop_pads_by_an_eighth_and_cuts_anywhere() -> None:
    x = numbered(400, 16, 9)  # padded by two rows and one column
    y = crop(x, generator())
    padded = torch.nn.functional.pad(x[0, 0], (1, 1, 2, 2))
    windows = {padded[dy : dy + 16, dx : dx + 9] for dy in range(5) for dx in range(3)}
    possible = {tuple(window.flatten().tolist()) for window in windows}
    assert {tuple(image.flatten().tolist()) for image in y} == possible


def test_erase_zeroes_a_small_square() -> None:
    x = torch.ones(200, 1, 8, 8)
    y = erase(x, generator())
    erased = (y == 0).sum((1, 2, 3))
    assert set(erased.tolist()) == {1, 2, 4}  # a corner, an edge, a whole 2x2 square
    assert torch.equal(x, torch.ones(200, 1, 8, 8))


def test_parts_are_applied_in_order() -> None:
    both = augmentation("flip-shift")
    assert both is not None
    x = numbered(16)
    order = generator(4)
    assert torch.equal(both(x, generator(4)), shift(flip(x, order), order))
    assert augmentation("none") is None


@pytest.mark.parametrize("name", ["shift", "flip", "erase", "flip-shift", "shift-erase"])
@pytest.mark.parametrize("kind", [torch.uint8, torch.float32])
def test_shape_type_and_dependence_on_the_seed(name: str, kind: torch.dtype) -> None:
    x, augment = numbered(32).to(kind), augmentation(name)
    assert augment is not None
    first, same, other = (augment(x, generator(seed)) for seed in (1, 1, 2))
    assert first.shape == x.shape
    assert first.dtype == kind
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_strength_is_the_chance_of_an_image_to_be_augmented() -> None:
    x = torch.ones(1000, 1, 8, 8)
    weak = augmentation("erase", strength=0.3)
    assert weak is not None
    y = weak(x, generator())
    touched = (y == 0).flatten(1).any(1)
    assert 250 < int(touched.sum()) < 350
    whole, never = augmentation("erase"), augmentation("erase", strength=0.0)
    assert whole is not None
    assert never is not None
    assert torch.equal(y[touched], whole(x, generator())[touched])  # augmented as ever
    assert torch.equal(never(x, generator()), x)
    assert augmentation("none", strength=0.3) is None


def test_unknown_names_and_vectors_are_refused() -> None:
    with pytest.raises(UnknownName, match=r"unknown augmentation 'shft'\. Did you mean 'shift'"):
        augmentation("flip-shft")
    augment = augmentation("shift")
    assert augment is not None
    with pytest.raises(ValueError, match=r"needs images .* or signals"):
        augment(torch.ones(2, 5), generator())
    with pytest.raises(ValueError, match="'flip-noise', with parts of images and of signals"):
        augmentation("flip-noise")
    flipped = augmentation("flip")
    assert flipped is not None
    with pytest.raises(ValueError, match=r"shape \(1, 5\), but augmentation 'flip' needs images"):
        flipped(torch.ones(2, 1, 5), generator())
