"""Stage II: the small networks that shift keypoints, taught through the frozen base.

Paper, section 3.3. Stitching keeps the shoulders where the source has them although the
head is somebody else's; eye and lip retargeting reach an asked opening and leave the rest of
the picture alone. The losses' weights were not published; those here are ours.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from liveportrait.judges.image_range import assert_unit_range
from liveportrait.motion.openings import Openings
from liveportrait.motion.retargeting import apply_stitching, eye_condition, lip_condition
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.tensors import ImageBatch, Keypoints, Loss
from liveportrait.training.regions import Boxes, RegionMask

KeypointNetwork: TypeAlias = Callable[[Float[Tensor, "b i"]], Float[Tensor, "b o"]]

MAX_WANTED_OPENING = 0.8
"""Openings are asked for evenly between closed and this."""


@runtime_checkable
class Renderer(Protocol):
    """The frozen base: appearance and keypoints to a picture, with gradients to the keypoints."""

    def __call__(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> ImageBatch: ...


@runtime_checkable
class OpeningMeter(Protocol):
    """Reads openings off a picture, with gradients to the picture."""

    def __call__(self, image: ImageBatch, face_boxes: Boxes) -> Openings: ...


class FrozenRenderer:
    """Warping network and generator in evaluation mode, their weights out of reach."""

    def __init__(
        self, warping_network: nn.Module, spade_generator: nn.Module, *, amp: torch.autocast | None = None
    ) -> None:
        self._amp = amp or nullcontext()
        self._networks = tuple(
            part.eval().requires_grad_(False) for part in (warping_network, spade_generator)
        )

    def __call__(self, appearance: Appearance, kp_driving: Keypoints, kp_source: Keypoints) -> ImageBatch:
        """In fp32 or bf16: fp16 turns these gradients to noise."""
        warping_network, spade_generator = self._networks
        with self._amp:
            return spade_generator(warping_network(appearance, kp_driving, kp_source)).float()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portraits:
    """A batch of sources as the frozen base sees them."""

    appearance: Appearance
    kp_source: Keypoints
    reconstruction: ImageBatch
    """The source rendered with its own keypoints: what stays must equal this, not the photograph."""
    openings: Openings
    face_boxes: Boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTwoWeights:
    """How much each part counts."""

    picture: float = 10.0
    face: float = 10.0
    """Ours: shoulders can be held by keypoints that pull the face apart, and small offsets alone do not
    forbid it."""
    opening: float = 1.0
    offset: float = 1.0


class StitchingLosses(NamedTuple):
    """Weighted parts; `total` is what is minimised."""

    picture: Loss
    face: Loss
    offset: Loss

    @property
    def total(self) -> Loss:
        return torch.stack(tuple(self)).sum()


class RetargetingLosses(NamedTuple):
    """Weighted parts; `total` is what is minimised."""

    picture: Loss
    opening: Loss
    offset: Loss

    @property
    def total(self) -> Loss:
        return torch.stack(tuple(self)).sum()


@torch.no_grad()
def prepare_portraits(
    renderer: Renderer, meter: OpeningMeter, appearance: Appearance, kp_source: Keypoints, face_boxes: Boxes
) -> Portraits:
    """Render and measure the sources once, for all three networks."""
    reconstruction = renderer(appearance, kp_source, kp_source)
    return Portraits(
        appearance=appearance,
        kp_source=kp_source,
        reconstruction=reconstruction,
        openings=meter(reconstruction, face_boxes),
        face_boxes=face_boxes,
    )


def stitching_losses(
    network: KeypointNetwork,
    renderer: Renderer,
    portraits: Portraits,
    kp_driving: Keypoints,
    kept: RegionMask,
    face: RegionMask,
    weights: StageTwoWeights,
) -> StitchingLosses:
    """`kp_driving` come from other people on purpose.

    `kept` is where the source's shoulders are, `face` where the driven face is: that must look as it
    does unstitched.
    """
    kp_source = portraits.kp_source
    with torch.no_grad():
        unstitched = renderer(portraits.appearance, kp_driving, kp_source)
    offsets = network(torch.cat([kp_source.flatten(1), kp_driving.flatten(1)], dim=1))
    made = renderer(portraits.appearance, apply_stitching(kp_driving, offsets), kp_source)
    return StitchingLosses(
        picture=weights.picture * kept_picture_loss(made, portraits.reconstruction, kept),
        face=weights.face * kept_picture_loss(made, unstitched, face),
        offset=weights.offset * offsets.abs().mean(),
    )


def eye_losses(
    network: KeypointNetwork,
    renderer: Renderer,
    meter: OpeningMeter,
    portraits: Portraits,
    wanted: Float[Tensor, "b 1"],
    kept: RegionMask,
    weights: StageTwoWeights,
) -> RetargetingLosses:
    """Both eyes to the wanted opening; `kept` is everything but the eyes."""
    condition = eye_condition(portraits.openings, wanted)
    made, offsets = _retarget(network, renderer, portraits, condition)
    error = (meter(made, portraits.face_boxes).eyes - wanted).abs().mean()
    return _retargeting_losses(made, offsets, error, portraits, kept, weights)


def lip_losses(
    network: KeypointNetwork,
    renderer: Renderer,
    meter: OpeningMeter,
    portraits: Portraits,
    wanted: Float[Tensor, "b 1"],
    kept: RegionMask,
    weights: StageTwoWeights,
) -> RetargetingLosses:
    """The lips to the wanted opening; `kept` is everything but the lower face."""
    condition = lip_condition(portraits.openings, wanted)
    made, offsets = _retarget(network, renderer, portraits, condition)
    error = (meter(made, portraits.face_boxes).lips - wanted).abs().mean()
    return _retargeting_losses(made, offsets, error, portraits, kept, weights)


def draw_wanted_openings(batch_size: int, generator: torch.Generator) -> Float[Tensor, "b 1"]:
    """Openings to ask for, evenly spread."""
    return torch.rand(batch_size, 1, generator=generator) * MAX_WANTED_OPENING


def kept_picture_loss(made: ImageBatch, wanted: ImageBatch, kept: RegionMask) -> Loss:
    """L1 where `kept` is 1: of each item the mean over what it covers, then the mean over items."""
    assert_unit_range(made)
    assert_unit_range(wanted)
    error = (made - wanted).abs().mean(dim=1, keepdim=True) * kept
    return (error.sum((1, 2, 3)) / kept.sum((1, 2, 3)).clamp_min(1)).mean()


def _retarget(
    network: KeypointNetwork, renderer: Renderer, portraits: Portraits, condition: Float[Tensor, "b c"]
) -> tuple[ImageBatch, Float[Tensor, "b o"]]:
    kp_source = portraits.kp_source
    offsets = network(torch.cat([kp_source.flatten(1), condition], dim=1))
    kp_driving = kp_source + offsets.unflatten(1, (-1, 3))
    return renderer(portraits.appearance, kp_driving, kp_source), offsets


def _retargeting_losses(
    made: ImageBatch,
    offsets: Float[Tensor, "b o"],
    opening_error: Loss,
    portraits: Portraits,
    kept: RegionMask,
    weights: StageTwoWeights,
) -> RetargetingLosses:
    return RetargetingLosses(
        picture=weights.picture * kept_picture_loss(made, portraits.reconstruction, kept),
        opening=weights.opening * opening_error,
        offset=weights.offset * offsets.abs().mean(),
    )
