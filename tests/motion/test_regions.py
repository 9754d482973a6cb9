"""What may move moves, and nothing else does."""

import pytest
import torch

from liveportrait.errors import SettingError
from liveportrait.motion.regions import Region, SourceKind, restrict, scope_of
from liveportrait.motion.released_spaces import animal_space, human_space
from liveportrait.motion.transfer import MotionMode
from tests.motion.samples import random_motion

# What moves by the released model's rules: rotation, scale, translation, number of expression coordinates.
RULES = [
    ("all", "relative", "image", (True, True, True, 63)),
    ("expression", "relative", "image", (False, False, False, 63)),
    ("pose", "relative", "image", (True, False, True, 0)),
    ("lips", "relative", "image", (False, False, False, 18)),
    ("eyes", "relative", "image", (False, False, False, 15)),
    ("all", "relative", "video", (True, False, False, 45)),
    ("expression", "relative", "video", (False, False, False, 45)),
    ("pose", "relative", "video", (True, False, False, 0)),
    ("all", "absolute", "image", (True, False, True, 45)),
    ("expression", "absolute", "image", (False, False, False, 45)),
    ("pose", "absolute", "video", (True, False, True, 0)),
    ("lips", "absolute", "video", (False, False, False, 18)),
]


@pytest.mark.parametrize(("region", "mode", "source_kind", "moving"), RULES)
def test_each_region_moves_its_part(
    region: Region, mode: MotionMode, source_kind: SourceKind, moving: tuple[bool, bool, bool, int]
) -> None:
    source, moved = random_motion(seed=0), random_motion(seed=1)
    scope = scope_of(region, mode=mode, source_kind=source_kind, space=human_space())
    result = restrict(moved, source, scope)
    changed = (
        torch.equal(result.rotation, moved.rotation),
        torch.equal(result.scale, moved.scale),
        torch.equal(result.translation, moved.translation),
        int((result.expression == moved.expression).sum()),
    )
    assert changed == moving
    stays = ~scope.expression
    assert torch.equal(result.expression[0][stays], source.expression[0][stays])
    assert torch.equal(result.canonical_keypoints, source.canonical_keypoints)


def test_lips_and_eyes_share_no_keypoint() -> None:
    space = human_space()
    assert not (space.lip_mask & space.eye_mask).any()
    assert not ((space.lip_mask | space.eye_mask) & ~space.expression_mask).any()


@pytest.mark.parametrize("region", ["lips", "eyes"])
def test_a_model_without_named_points_says_so(region: Region) -> None:
    with pytest.raises(SettingError, match=f"which keypoints are {region}"):
        scope_of(region, mode="relative", source_kind="image", space=animal_space())
