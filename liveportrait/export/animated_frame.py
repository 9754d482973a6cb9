"""A driven frame in one graph: nothing between the driver's crop and the picture leaves the engine."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from liveportrait.engines.protocol import Signature, TensorSpec
from liveportrait.engines.signatures import Stage, make_stages
from liveportrait.export.recording import Call, Recording
from liveportrait.motion.retargeting import apply_stitching
from liveportrait.motion.state import Motion, motion_from_prediction
from liveportrait.motion.transfer import transfer_relative
from liveportrait.networks.motion_extractor import MotionPrediction
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import FeatureVolume, ImageBatch, Keypoints

_PARTS = ("rotation", "expression", "scale", "translation", "canonical_keypoints")
"""Of a motion, in the order in which they are inputs; an anchor has all but the last."""


class AnimatedFrameStage(nn.Module):
    """Motion, relative transfer of all of it, stitching, warping, generating.

    The anchor is the driver's motion in the frame that counts as its zero. Its canonical keypoints
    have no part in the transfer.
    """

    def __init__(self, motion: nn.Module, stitching: nn.Module, renderer: nn.Module) -> None:
        super().__init__()
        self.motion = motion
        self.stitching = stitching
        self.renderer = renderer

    def forward(
        self, driving_image: ImageBatch, volume: FeatureVolume, *others: Tensor
    ) -> tuple[Tensor, ...]:
        """`others`: the parts of the source's motion, those of the anchor's, the details."""
        num_parts = len(_PARTS)
        of_source, of_anchor = others[:num_parts], others[num_parts : 2 * num_parts - 1]
        details = others[2 * num_parts - 1 :]
        driving = motion_from_prediction(MotionPrediction(*self.motion(driving_image)))
        source = Motion(**dict(zip(_PARTS, of_source, strict=True)))
        anchor = replace(driving, **dict(zip(_PARTS[:-1], of_anchor, strict=True)))
        kp_source = source.keypoints()
        moved = transfer_relative(source, driving, anchor).keypoints()
        kp_driving = self._stitched(kp_source, moved)
        (image,) = self.renderer(volume, kp_driving, kp_source, *details)
        return image, kp_driving

    def _stitched(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        features = torch.cat((kp_source.flatten(1), kp_driving.flatten(1)), 1)
        return apply_stitching(kp_driving, self.stitching(features))


def make_animated_frame(networks: PortraitNetworks) -> Stage:
    """Its names: `driving_image`, `volume`, `source_*`, `anchor_*`, `detail_*`; `image`, `kp_driving`."""
    stages = make_stages(networks)
    motion, stitching, renderer = (
        stages[name] for name in ("motion_extractor", "stitching_network", "renderer")
    )
    volume, kp_driving, _kp_source, *details = renderer.signature.inputs
    (image,) = motion.signature.inputs
    source = _motion_specs("source", kp_driving.shape)
    anchor = _motion_specs("anchor", kp_driving.shape)[:-1]
    signature = Signature(
        name="animated_frame",
        inputs=(
            TensorSpec(name="driving_image", shape=image.shape),
            volume,
            *source,
            *anchor,
            *details,
        ),
        outputs=(*renderer.signature.outputs, kp_driving),
    )
    module = AnimatedFrameStage(motion.module, stitching.module, renderer.module)
    return Stage(signature=signature, module=module)


@torch.inference_mode()
def animated_frame_calls(recording: Recording, networks: PortraitNetworks) -> tuple[Call, ...]:
    """What the stage would have been given: the first crop is the source's, the second the anchor."""
    images = [call["image"] for call in recording["motion_extractor"]]
    source, anchor, *_ = (motion_from_prediction(networks.motion_extractor(image)) for image in images[:2])
    appearance = {
        name: value for name, value in recording["renderer"][0].items() if not name.startswith("kp_")
    }
    known = {
        **appearance,
        **{f"source_{part}": getattr(source, part) for part in _PARTS},
        **{f"anchor_{part}": getattr(anchor, part) for part in _PARTS[:-1]},
    }
    return tuple({"driving_image": image, **known} for image in images[1:])


def _motion_specs(whose: str, keypoints: tuple[int, ...]) -> tuple[TensorSpec, ...]:
    shapes = ((3, 3), keypoints, (1,), (3,), keypoints)
    return tuple(
        TensorSpec(name=f"{whose}_{part}", shape=shape) for part, shape in zip(_PARTS, shapes, strict=True)
    )
