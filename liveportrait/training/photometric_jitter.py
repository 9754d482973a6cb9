"""Random light and colour that change how a picture looks and not where anything is.

For one frame of a pair: a model that sees the driving picture in other light learns to take
motion from it and appearance from the source. Stills need it most, as there both are one picture.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from liveportrait.tensors import ImageBatch, PerItem


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotometricConfig:
    """How far each change goes: factors are drawn evenly from 1 - x to 1 + x."""

    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.3
    tint: float = 0.06
    """Gain of each colour by itself."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotometricJitter:
    """One change for each picture of a batch."""

    gain: Float[Tensor, "b 3"]
    """Brightness and tint."""
    contrast: PerItem
    saturation: PerItem

    def apply(self, image: ImageBatch) -> ImageBatch:
        """Gain, then contrast around the mean, then saturation around grey; cut to 0..1."""
        lit = image * self.gain[:, :, None, None]
        mean = lit.mean(dim=(1, 2, 3), keepdim=True)
        contrasted = mean + (lit - mean) * _per_picture(self.contrast)
        grey = contrasted.mean(dim=1, keepdim=True)
        return (grey + (contrasted - grey) * _per_picture(self.saturation)).clamp(0, 1)


def random_photometric_jitter(
    batch_size: int,
    generator: torch.Generator,
    *,
    config: PhotometricConfig | None = None,
    device: torch.device | str = "cpu",
) -> PhotometricJitter:
    """A change for each picture; drawn on the CPU."""
    config = config or PhotometricConfig()
    brightness, contrast, saturation = (
        _factors((batch_size,), reach, generator)
        for reach in (config.brightness, config.contrast, config.saturation)
    )
    gain = brightness[:, None] * _factors((batch_size, 3), config.tint, generator)
    return PhotometricJitter(
        gain=gain.to(device), contrast=contrast.to(device), saturation=saturation.to(device)
    )


def _factors(shape: tuple[int, ...], reach: float, generator: torch.Generator) -> Tensor:
    return 1 + reach * (2 * torch.rand(shape, generator=generator) - 1)


def _per_picture(factor: PerItem) -> Float[Tensor, "b 1 1 1"]:
    return factor[:, None, None, None]
