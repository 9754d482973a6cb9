"""Perceptual loss: pictures must look right at several scales, not match pixel by pixel."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from liveportrait.judges.perceptual import FeatureBackbone, perceptual_distance
from liveportrait.tensors import ImageBatch, Loss


def perceptual_loss(
    predicted: ImageBatch, target: ImageBatch, backbone: FeatureBackbone, *, scales: Sequence[float] = (1.0,)
) -> Loss:
    """Mean perceptual distance of a batch, summed over a pyramid of image scales.

    A scale of 0.5 halves the sides; it sees larger structures and costs a quarter.
    """
    losses = [
        perceptual_distance(_resized(predicted, scale), _resized(target, scale), backbone).mean()
        for scale in scales
    ]
    return torch.stack(losses).sum()


def _resized(image: ImageBatch, scale: float) -> ImageBatch:
    if scale == 1.0:
        return image
    return functional.interpolate(
        image, scale_factor=scale, mode="bilinear", align_corners=False, antialias=True
    )
