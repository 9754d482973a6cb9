"""The order of composition, and what each setting does and refuses."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from liveportrait.errors import SettingError
from liveportrait.motion.composition import DrivingFace, SourceFace, drive
from liveportrait.motion.hull import hull_volume, make_displacement
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.retargeting import Retargeter, steady_eye_ratio
from liveportrait.motion.settings import TransferSettings
from liveportrait.motion.state import Motion
from liveportrait.tensors import Keypoints
from tests.motion.samples import LinearRetargeter, UnaskedRetargeter, random_motion, random_openings

SOURCE = SourceFace(motion=random_motion(seed=0), openings=random_openings(seed=0))
DRIVING = DrivingFace(motion=random_motion(seed=1), openings=random_openings(seed=1))
ANCHOR = random_motion(seed=2)
HUMAN = human_space()
NETWORKS = LinearRetargeter(seed=0)


def driven(
    settings: TransferSettings,
    *,
    source: SourceFace = SOURCE,
    driving: DrivingFace = DRIVING,
    anchor: Motion = ANCHOR,
    retargeter: Retargeter = NETWORKS,
) -> Keypoints:
    return drive(source, driving, anchor, settings=settings, space=HUMAN, retargeter=retargeter)


def test_a_driver_at_the_anchor_leaves_the_source_alone() -> None:
    settings = TransferSettings(stitching=False)
    assert_close(driven(settings, driving=DrivingFace(motion=ANCHOR)), SOURCE.motion.keypoints())


@given(st.floats(0, 2))
def test_the_multiplier_scales_the_whole_way_from_the_source(multiplier: float) -> None:
    whole = driven(TransferSettings())
    part = driven(TransferSettings(driving_multiplier=multiplier))
    kp_source = SOURCE.motion.keypoints()
    assert_close(part, kp_source + multiplier * (whole - kp_source))


def test_stitching_comes_before_the_closing_of_lips() -> None:
    kp_source = SOURCE.motion.keypoints()
    unstitched = driven(TransferSettings(stitching=False))
    assert SOURCE.openings is not None
    condition = torch.cat([SOURCE.openings.lips, torch.zeros(1, 1)], dim=1)
    expected = NETWORKS.stitch(kp_source, unstitched) + NETWORKS.lip_offsets(kp_source, condition)
    assert_close(driven(TransferSettings(lips="normalized")), expected)


def test_closed_lips_are_not_closed_further() -> None:
    closed = replace(random_openings(seed=0), lips=torch.full((1, 1), 0.029))
    source = replace(SOURCE, openings=closed)
    assert_close(driven(TransferSettings(lips="normalized"), source=source), driven(TransferSettings()))


def test_retargeting_drops_relative_motion() -> None:
    settings = TransferSettings(lips="retargeted", eyes="retargeted")
    other_pose = replace(DRIVING, motion=random_motion(seed=9))
    assert_close(driven(settings), driven(settings, driving=other_pose))


def test_retargeting_adds_to_absolute_motion_before_stitching() -> None:
    kp_source = SOURCE.motion.keypoints()
    assert SOURCE.openings is not None and DRIVING.openings is not None
    condition = torch.cat([SOURCE.openings.eyes, DRIVING.openings.eyes[:, :1]], dim=1)
    unstitched = driven(TransferSettings(motion="absolute", stitching=False))
    expected = NETWORKS.stitch(kp_source, unstitched + NETWORKS.eye_offsets(kp_source, condition))
    assert_close(driven(TransferSettings(motion="absolute", eyes="retargeted")), expected)


def test_steadied_eyes_return_to_the_first_frames_opening_unless_it_is_closed() -> None:
    open_eyes, closed = random_openings(seed=0), random_openings(seed=0)
    assert_close(steady_eye_ratio(open_eyes), open_eyes.eyes.mean(dim=1, keepdim=True))
    closed = replace(closed, eyes=torch.tensor([[0.1, 0.2]]))
    assert_close(steady_eye_ratio(closed), torch.tensor([[0.39]]))


def test_relative_motion_is_expression_friendly_by_itself() -> None:
    """Displacement since the anchor starts at the source: both hulls are the same, the multiplier is 1."""
    friendly = driven(TransferSettings(driving_option="expression-friendly"))
    assert torch.equal(friendly, driven(TransferSettings(driving_option="pose-friendly")))


def test_expression_friendly_absolute_motion_starts_at_the_source() -> None:
    settings = TransferSettings(motion="absolute", driving_option="expression-friendly", stitching=False)
    at_anchor = driven(settings, driving=DrivingFace(motion=ANCHOR))
    assert_close(at_anchor, SOURCE.motion.keypoints())


def test_movement_is_scaled_by_the_square_root_of_the_volumes() -> None:
    """A driver half as large in each direction has an eighth of the volume."""
    cube = torch.tensor([[[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)]])
    assert hull_volume(torch.cat([cube, cube / 2])).tolist() == pytest.approx([8, 1])
    displacement = make_displacement(cube, cube / 2)
    assert_close(displacement.multiplier, torch.tensor([[8**0.5]]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lips": "normalized", "motion": "absolute"},
        {"lips": "retargeted", "eyes": "steadied"},
        {"lips": "normalized", "eyes": "retargeted"},
        {"driving_multiplier": -1.0},
        {"driving_multiplier": 5.1},
        {"driving_multiplier": float("nan")},
        {"driving_multiplier": float("inf")},
    ],
)
def test_settings_that_cannot_be_honoured_raise(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        TransferSettings(**wrong)


@pytest.mark.parametrize(
    "settings",
    [
        TransferSettings(lips="normalized"),
        TransferSettings(lips="retargeted"),
        TransferSettings(eyes="retargeted"),
    ],
)
def test_openings_that_are_not_known_are_asked_for(settings: TransferSettings) -> None:
    with pytest.raises(SettingError, match="ratios"):
        driven(settings, source=replace(SOURCE, openings=None))


def test_steadied_eyes_need_a_video() -> None:
    with pytest.raises(SettingError, match="source video"):
        driven(TransferSettings(eyes="steadied"))


def test_without_stitching_no_small_network_is_asked() -> None:
    keypoints = drive(
        SOURCE,
        DRIVING,
        ANCHOR,
        settings=TransferSettings(stitching=False),
        space=animal_space(),
        retargeter=UnaskedRetargeter(),
    )
    assert keypoints.isfinite().all()
