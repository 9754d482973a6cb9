"""The anchor is the frame that a person would point at."""

from dataclasses import replace

import pytest
import torch

from liveportrait.errors import SettingError
from liveportrait.motion.anchor import AnchorChoice, AnchorSettings, anchor_of_still, choose_anchor
from liveportrait.motion.openings import Openings
from liveportrait.motion.released_spaces import human_space
from liveportrait.motion.rotation import rotation_from_degrees
from liveportrait.motion.state import Motion
from liveportrait.motion.transfer import transfer_relative
from tests.motion.samples import random_motion

CALM = 7


def restless() -> tuple[Motion, Openings]:
    """A driver who starts with an open mouth, turns and blinks, and is calm in one frame."""
    motion = random_motion(seed=0, num_frames=20)
    yaw = torch.linspace(30, 10, 20)
    yaw[CALM] = 1.0
    zero = torch.zeros(20)
    expression = motion.expression.clone()
    expression[CALM] = motion.expression.median(dim=0).values
    openings = Openings(eyes=torch.full((20, 2), 0.3), lips=torch.full((20, 1), 0.4))
    openings.lips[CALM] = 0.02
    openings.eyes[CALM + 1] = 0.0
    turned = rotation_from_degrees(pitch=zero, yaw=yaw, roll=zero)
    return replace(motion, rotation=turned, expression=expression), openings


def test_the_calm_frame_is_found() -> None:
    assert choose_anchor(*restless(), choice="auto") == CALM


def test_the_calm_frame_is_found_without_openings() -> None:
    assert choose_anchor(restless()[0], None, choice="auto") == CALM


@pytest.mark.parametrize("disturb", ["turn", "lips", "expression"])
def test_each_restlessness_counts_by_itself(disturb: str) -> None:
    """All frames are calm but in one thing; the one frame without it wins."""
    still = random_motion(seed=0).expand(10)
    motion = replace(still, rotation=torch.eye(3).expand(10, 3, 3))
    openings = Openings(eyes=torch.full((10, 2), 0.3), lips=torch.zeros(10, 1))
    others = torch.arange(10) != CALM
    angle = torch.where(others, 15.0, 0.0)
    if disturb == "turn":
        zero = torch.zeros(10)
        motion = replace(motion, rotation=rotation_from_degrees(pitch=angle, yaw=zero, roll=zero))
    elif disturb == "lips":
        openings = replace(openings, lips=0.2 * others[:, None].float())
    else:
        wild = motion.expression.clone()
        wild[:CALM] += 0.05 * torch.randn(CALM, 21, 3, generator=torch.Generator().manual_seed(0))
        motion = replace(motion, expression=wild)
    assert choose_anchor(motion, openings, choice="auto") == CALM


def test_a_blink_is_no_anchor() -> None:
    motion = random_motion(seed=0).expand(10)
    openings = Openings(eyes=torch.full((10, 2), 0.3), lips=torch.zeros(10, 1))
    openings.eyes[:3] = 0.05
    assert choose_anchor(motion, openings, choice="auto") >= 3


def test_only_the_window_is_looked_at() -> None:
    settings = AnchorSettings(window_frames=CALM)
    assert choose_anchor(*restless(), choice="auto", settings=settings) < CALM


@pytest.mark.parametrize(("choice", "index"), [("first", 0), (3, 3), (19, 19)])
def test_a_given_frame_is_taken(choice: AnchorChoice, index: int) -> None:
    assert choose_anchor(*restless(), choice=choice) == index


@pytest.mark.parametrize("choice", [20, -1])
def test_a_frame_that_is_not_there_is_refused(choice: int) -> None:
    with pytest.raises(SettingError, match="20 frames"):
        choose_anchor(*restless(), choice=choice)


def test_a_still_driver_gives_its_expression_and_no_pose() -> None:
    source, driving, space = random_motion(seed=0), random_motion(seed=1), human_space()
    anchor = anchor_of_still(driving, region="all", source_kind="image", space=space)
    moved = transfer_relative(source, driving, anchor)
    torch.testing.assert_close(moved.rotation, source.rotation, atol=1e-6, rtol=0)
    torch.testing.assert_close(
        moved.expression, source.expression + driving.expression - space.neutral_expression
    )


def test_the_eyes_of_a_still_driver_count_from_zero_on_a_picture_alone() -> None:
    driving, space = random_motion(seed=1), human_space()
    on_picture = anchor_of_still(driving, region="eyes", source_kind="image", space=space)
    on_video = anchor_of_still(driving, region="eyes", source_kind="video", space=space)
    assert not on_picture.expression.any()
    assert torch.equal(on_video.expression[0], space.neutral_expression)
