"""Remake tests/golden/motion.npz: keypoints that the motion functions give for heads made by a rule.

    python -m tests.golden.make_motion

The oracle's parity goldens say that these functions equal the released model; these say in a fresh
clone that they have not changed. Remake them only where a change is meant and parity holds.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from liveportrait.motion.anchor import anchor_of_still
from liveportrait.motion.composition import DrivingFace, SourceFace, drive
from liveportrait.motion.edit import RANGES, Edit
from liveportrait.motion.editing import edited_keypoints
from liveportrait.motion.kalman import smooth_motion
from liveportrait.motion.one_euro import MotionSmoother
from liveportrait.motion.openings import Openings
from liveportrait.motion.released_spaces import human_space
from liveportrait.motion.retargeting import apply_stitching, steady_eye_ratio
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion, concatenate, degrees_from_logits
from liveportrait.motion.transfer import transfer_relative
from liveportrait.motion.video_lips import silence_lips
from liveportrait.tensors import Keypoints
from tests.networks.rule_weights import rule_tensor

FILE = Path(__file__).with_name("motion.npz")
NUM_KEYPOINTS = 21

SETTINGS = {
    "relative": TransferSettings(),
    "absolute": TransferSettings(motion="absolute"),
    "expression": TransferSettings(region="expression"),
    "pose": TransferSettings(region="pose"),
    "lips": TransferSettings(region="lips"),
    "eyes": TransferSettings(region="eyes"),
    "displaced": TransferSettings(motion="absolute", driving_option="expression-friendly"),
    "multiplied": TransferSettings(driving_multiplier=1.5),
    "unstitched": TransferSettings(stitching=False),
    "normalized": TransferSettings(lips="normalized"),
    "steadied": TransferSettings(eyes="steadied"),
    "retargeted": TransferSettings(lips="retargeted", eyes="retargeted"),
    "retargeted_absolute": TransferSettings(motion="absolute", lips="retargeted", eyes="retargeted"),
}


class RuleRetargeter:
    """Small networks of one linear layer each."""

    def __init__(self) -> None:
        flat = 3 * NUM_KEYPOINTS
        self.stitching = rule_tensor("stitching", (2 * flat, flat + 2), scale=0.02)
        self.eyes = rule_tensor("eyes", (flat + 3, flat), scale=0.02)
        self.lips = rule_tensor("lips", (flat + 2, flat), scale=0.02)

    def stitch(self, kp_source: Keypoints, kp_driving: Keypoints) -> Keypoints:
        both = torch.cat([kp_source.flatten(1), kp_driving.flatten(1)], dim=1)
        return apply_stitching(kp_driving, both @ self.stitching)

    def eye_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return (torch.cat([kp_source.flatten(1), ratios], dim=1) @ self.eyes).view_as(kp_source)

    def lip_offsets(self, kp_source: Keypoints, ratios: Tensor) -> Keypoints:
        return (torch.cat([kp_source.flatten(1), ratios], dim=1) @ self.lips).view_as(kp_source)


def motion(name: str, num_frames: int) -> Motion:
    angles = [
        degrees_from_logits(rule_tensor(f"{name}/{angle}", (num_frames, 66), scale=5.0))
        for angle in ("pitch", "yaw", "roll")
    ]
    pitch, yaw, roll = angles
    return Motion(
        rotation=rotation_from_degrees(pitch=pitch, yaw=yaw, roll=roll),
        expression=rule_tensor(f"{name}/expression", (num_frames, NUM_KEYPOINTS, 3), scale=0.03),
        scale=1.4 + rule_tensor(f"{name}/scale", (num_frames, 1), scale=0.1),
        translation=rule_tensor(f"{name}/translation", (num_frames, 3), scale=0.1),
        canonical_keypoints=rule_tensor(f"{name}/canonical", (num_frames, NUM_KEYPOINTS, 3), scale=0.4),
    )


def openings(name: str, num_frames: int) -> Openings:
    return Openings(
        eyes=0.3 + rule_tensor(f"{name}/eyes", (num_frames, 2), scale=0.2),
        lips=0.2 + rule_tensor(f"{name}/lips", (num_frames, 1), scale=0.1),
    )


def compute() -> dict[str, Tensor]:
    """Keypoints of every setting for a picture and a video, of every slider, and smoothed ones."""
    driving = DrivingFace(motion=motion("driving", 2), openings=openings("driving", 2))
    networks, space = RuleRetargeter(), human_space()
    picture = SourceFace(motion=motion("source", 1), openings=openings("source", 1))
    video = SourceFace(
        motion=motion("video", 2),
        kind="video",
        openings=openings("video", 2),
        steady_eye_ratio=steady_eye_ratio(openings("video", 1)).expand(2, 1),
    )
    outputs = {"source": picture.motion.keypoints()}
    for name, settings in SETTINGS.items():
        for source in (picture, video):
            if settings.eyes == "steadied" and source is picture:
                continue
            anchor = motion("anchor", 1)
            keypoints = drive(source, driving, anchor, settings=settings, space=space, retargeter=networks)
            outputs[f"drive/{source.kind}/{name}"] = keypoints
    for name, ends in RANGES.items():
        for side, value in zip(("least", "most"), ends, strict=True):
            edit = Edit(**{name: value})
            outputs[f"edit/{name}/{side}"] = edited_keypoints(
                picture.motion, edit, picture.openings, space=space, retargeter=networks
            )
    still = anchor_of_still(driving.motion[0], region="all", source_kind="video", space=space)
    outputs["still"] = transfer_relative(picture.motion, driving.motion[0], still).keypoints()
    outputs["silent"] = silence_lips(video.motion, space=space, retargeter=networks)
    return outputs | smooth(motion("driving", 6))


def smooth(course: Motion) -> dict[str, Tensor]:
    smoother = MotionSmoother()
    live = [smoother.smooth(frame, pts_seconds=index / 25) for index, frame in enumerate(course)]
    return {
        "smooth/live": concatenate(live).keypoints(),
        "smooth/offline": smooth_motion(course, observation_variance=1e-4).keypoints(),
    }


def main() -> None:
    np.savez_compressed(
        FILE, allow_pickle=False, **{name: values.numpy() for name, values in compute().items()}
    )


if __name__ == "__main__":
    main()
