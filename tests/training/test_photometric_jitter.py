import torch
from torch.testing import assert_close

from liveportrait.training.photometric_jitter import (
    PhotometricConfig,
    PhotometricJitter,
    random_photometric_jitter,
)


def jitter(*, gain: float = 1.0, contrast: float = 1.0, saturation: float = 1.0) -> PhotometricJitter:
    return PhotometricJitter(
        gain=torch.full((1, 3), gain),
        contrast=torch.tensor([contrast]),
        saturation=torch.tensor([saturation]),
    )


def test_each_change_by_hand() -> None:
    image = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)
    assert_close(jitter(gain=1.5).apply(image).flatten(), torch.tensor([0.3, 0.6, 0.9]))
    assert_close(jitter(contrast=0.5).apply(image).flatten(), torch.tensor([0.3, 0.4, 0.5]))
    assert_close(jitter(saturation=0.0).apply(image).flatten(), torch.tensor([0.4, 0.4, 0.4]))
    assert_close(jitter(gain=2.0).apply(image).flatten(), torch.tensor([0.4, 0.8, 1.0]))


def test_saturation_leaves_grey_pictures_alone() -> None:
    grey = torch.rand(1, 1, 4, 4).expand(1, 3, 4, 4)
    assert_close(jitter(saturation=1.7).apply(grey), grey)


def test_nothing_moves_and_the_range_holds() -> None:
    """Two equal pixels stay equal, wherever they are."""
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(6, 3, 8, 8, generator=generator)
    image[..., 4:] = image[..., :4].flip(2)
    changed = random_photometric_jitter(6, generator).apply(image)
    assert_close(changed[..., 4:], changed[..., :4].flip(2))
    assert changed.min() >= 0 and changed.max() <= 1
    assert (changed - image).abs().mean() > 0.01


def test_no_reach_is_no_change_and_seeds_repeat() -> None:
    still = PhotometricConfig(brightness=0.0, contrast=0.0, saturation=0.0, tint=0.0)
    image = torch.rand(2, 3, 4, 4)
    assert_close(
        random_photometric_jitter(2, torch.Generator().manual_seed(0), config=still).apply(image), image
    )
    first, second = (random_photometric_jitter(2, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first.gain, second.gain)
    assert not torch.equal(first.gain[0], first.gain[1])
