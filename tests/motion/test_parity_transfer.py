"""Every flag combination of the released model's motion, through our settings."""

from typing import Any

import pytest
import torch
from torch import Tensor

from liveportrait.motion.anchor import anchor_of_still
from liveportrait.motion.composition import DrivingFace, SourceFace, compose, displacement_from, drive
from liveportrait.motion.kalman import smooth_motion_entrywise
from liveportrait.motion.openings import Openings
from liveportrait.motion.regions import Region, SourceKind, scope_of
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.retargeting import Retargeter, steady_eye_ratio
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion
from liveportrait.motion.transfer import transfer
from tests.motion.synthetic_retargeter import oracle_retargeter
from tests.oracle import golden

REGIONS: dict[str, Region] = {
    "all": "all",
    "exp": "expression",
    "pose": "pose",
    "lip": "lips",
    "eyes": "eyes",
}


def motion_of(g: Any, group: str) -> Motion:
    pitch, yaw, roll = (
        torch.from_numpy(g.input(f"{group}/{name}"))[:, 0] for name in ("pitch", "yaw", "roll")
    )
    return Motion(
        rotation=rotation_from_degrees(pitch=pitch, yaw=yaw, roll=roll),
        expression=torch.from_numpy(g.input(f"{group}/exp")),
        scale=torch.from_numpy(g.input(f"{group}/scale")),
        translation=torch.from_numpy(g.input(f"{group}/t")),
        canonical_keypoints=torch.from_numpy(g.input(f"{group}/kp")),
    )


def openings_of(landmarks: Tensor) -> Openings:
    """Ratios of 203 landmarks."""

    def ratio(top: int, bottom: int, left: int, right: int) -> Tensor:
        height = (landmarks[:, top] - landmarks[:, bottom]).norm(dim=1)
        return height / ((landmarks[:, left] - landmarks[:, right]).norm(dim=1) + 1e-6)

    eyes = torch.stack([ratio(6, 18, 0, 12), ratio(30, 42, 24, 36)], dim=1)
    return Openings(eyes=eyes, lips=ratio(90, 102, 48, 66)[:, None])


def settings_of(config: dict[str, Any]) -> TransferSettings:
    """Our settings for the released flags.

    The released code drops some of its flags without a word where others are set; our settings raise
    there, so a flag that would be dropped is left out.
    """
    relative = config["flag_relative_motion"]
    eyes, lips = config["flag_eye_retargeting"], config["flag_lip_retargeting"]
    normalized = config["flag_normalize_lip"] and relative
    steadied = config["flag_source_video_eye_retargeting"]
    return TransferSettings(
        motion="relative" if relative else "absolute",
        region=REGIONS[config["animation_region"]],
        driving_option=config["driving_option"] if relative else "pose-friendly",
        driving_multiplier=config["driving_multiplier"],
        stitching=config["flag_stitching"],
        lips="retargeted" if lips else "normalized" if normalized and not eyes else "driven",
        eyes="retargeted" if eyes else "steadied" if steadied and not lips else "driven",
    )


def source_of(g: Any, config: dict[str, Any], num_frames: int) -> SourceFace:
    kind: SourceKind = config["source"]
    openings = openings_of(torch.from_numpy(g.input(f"src_lmk/{config['source_landmarks']}")))
    frames = slice(0, 1 if kind == "image" else num_frames)
    return SourceFace(
        motion=motion_of(g, "src")[frames],
        kind=kind,
        openings=openings[frames],
        steady_eye_ratio=steady_eye_ratio(openings[0]) if kind == "video" else None,
    )


def reproduced(g: Any, config: dict[str, Any], retargeter: Retargeter) -> tuple[Tensor, Tensor]:
    """x_s and x_d of one configuration."""
    still = config["driving"] == "image"
    driving = motion_of(g, "drv")[0:1] if still else motion_of(g, "drv")
    openings = openings_of(torch.from_numpy(g.input("drv_lmk")))[: len(driving)]
    source = source_of(g, config, num_frames=6 if still else len(driving))
    settings, space = settings_of(config), human_space()
    scope = scope_of(settings.region, mode=settings.motion, source_kind=source.kind, space=space)
    anchor = driving[0]
    if still:
        anchor = anchor_of_still(driving, region=settings.region, source_kind=source.kind, space=space)
    moved = transfer(source.motion, driving, anchor, mode=settings.motion)
    if source.kind == "video" and not still:
        variance = config["driving_smooth_observation_variance"]
        moved = smooth_motion_entrywise(moved, observation_variance=variance)
    kp_driving = compose(
        source,
        moved,
        openings,
        settings=settings,
        scope=scope,
        displacement=displacement_from(source, anchor, settings=settings, scope=scope),
        retargeter=retargeter,
    )
    return source.expand(len(moved)).motion.keypoints(), kp_driving


def test_parity_of_all_flag_combinations() -> None:
    g = golden("motion")
    retargeter = oracle_retargeter(g.seed)
    configs = g.meta["configs"]
    wrong = []
    for index, config in enumerate(configs):
        kp_source, kp_driving = reproduced(g, config, retargeter)
        reports = [
            g.report(f"cfg{index:03d}/x_s", kp_source),
            g.report(f"cfg{index:03d}/x_d", kp_driving),
        ]
        wrong += [(report["name"], report["why"], config) for report in reports if not report["ok"]]
    assert len(configs) >= 109
    assert not wrong


def test_parity_of_animals() -> None:
    g = golden("motion")
    retargeter, driving = oracle_retargeter(g.seed), motion_of(g, "drv")
    for index, config in enumerate(g.meta["animal_configs"]):
        source = SourceFace(motion=motion_of(g, "src")[0])
        settings = TransferSettings(
            motion="absolute",
            driving_option="expression-friendly",
            driving_multiplier=config["driving_multiplier"],
            stitching=config["flag_stitching"],
        )
        kp_driving = drive(
            source,
            DrivingFace(motion=driving),
            driving[0],
            settings=settings,
            space=animal_space(),
            retargeter=retargeter,
        )
        g.check(f"animal{index}/x_s", source.expand(len(driving)).motion.keypoints())
        g.check(f"animal{index}/x_d", kp_driving)


@pytest.mark.parametrize("option", ["expression-friendly", "pose-friendly"])
def test_parity_of_driving_options_frame_by_frame(option: str) -> None:
    """One frame at a time gives what all at once gives."""
    g = golden("motion")
    configs = g.meta["configs"]
    index = next(i for i, config in enumerate(configs) if config["driving_option"] == option)
    source = source_of(g, configs[index], num_frames=1)
    driving = motion_of(g, "drv")
    frames = [
        drive(
            source,
            DrivingFace(motion=frame),
            driving[0],
            settings=settings_of(configs[index]),
            space=human_space(),
            retargeter=oracle_retargeter(g.seed),
        )
        for frame in driving
    ]
    g.check(f"cfg{index:03d}/x_d", torch.cat(frames))
