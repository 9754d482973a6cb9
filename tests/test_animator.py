"""The flow, frame by frame: prepare a source, step it."""

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.torch_engine import TorchEngine
from liveportrait.errors import EngineUnavailableError, NoFaceError, SettingError
from liveportrait.motion.edit import Edit
from liveportrait.motion.settings import TransferSettings
from liveportrait.portrait_model import PortraitModel
from liveportrait.stepping import AnimationSettings, NoFacePolicy
from tests.portraits import portrait, swaying, two_people, wall


@pytest.fixture(scope="module")
def driving() -> list[FrameRGB]:
    return swaying(3)


def with_policy(animator: Animator, policy: NoFacePolicy, *, fade_frames: int = 12) -> Animator:
    return replace(animator, settings=AnimationSettings(no_face=policy, fade_frames=fade_frames))


def test_the_first_driving_frame_is_the_anchor_and_moves_nothing(
    tiny_animator: Animator, driving: list[FrameRGB]
) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(transfer=TransferSettings(stitching=False)))
    source, state = animator.prepare(portrait()), animator.start()
    assert_close(animator.step(source, driving[0], state).kp_driving, source.keypoints)
    assert not torch.allclose(animator.step(source, driving[1], state).kp_driving, source.keypoints)


def test_a_step_hands_out_the_motion_that_it_used(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    source, state = tiny_animator.prepare(portrait()), tiny_animator.start()
    seen = [tiny_animator.step(source, frame, state) for frame in driving]
    state = tiny_animator.start()
    for step in seen:
        assert step.motion is not None
        again = tiny_animator.step(source, step.motion, state)
        assert np.array_equal(again.frame, step.frame)


def test_only_the_crop_changes_in_the_frame(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    frame = np.zeros((480, 640, 3), np.uint8)
    frame[40:200, 30:190] = portrait()
    source = tiny_animator.prepare(frame)
    step = tiny_animator.step(source, driving[0], tiny_animator.start())
    changed = np.argwhere((step.frame != frame).any(axis=2))
    assert step.frame.shape == frame.shape
    assert len(changed) > 1000
    assert changed[:, 1].max() < 320
    assert step.crop.shape == (256, 256, 3)


def test_inputs_are_left_as_they_were(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    frame = portrait()
    before, driven_before = frame.copy(), driving[0].copy()
    tiny_animator.step(tiny_animator.prepare(frame), driving[0], tiny_animator.start())
    assert np.array_equal(frame, before)
    assert np.array_equal(driving[0], driven_before)


def test_the_source_may_change_from_frame_to_frame(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    first, second = tiny_animator.prepare(portrait()), tiny_animator.prepare(portrait()[:, ::-1].copy())
    state = tiny_animator.start()
    tiny_animator.step(first, driving[0], state)
    mirrored = tiny_animator.step(second, driving[1], state).frame
    assert not np.array_equal(mirrored, tiny_animator.step(first, driving[1], state).frame)


def test_two_streams_do_not_know_of_each_other(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    source = tiny_animator.prepare(portrait())
    alone = tiny_animator.start()
    wanted = [tiny_animator.step(source, frame, alone).frame for frame in driving]
    one, other = tiny_animator.start(), tiny_animator.start()
    for index, frame in enumerate(driving):
        tiny_animator.step(source, driving[-index], other)
        assert np.array_equal(tiny_animator.step(source, frame, one).frame, wanted[index])


def test_an_edit_that_changes_nothing_is_the_source_itself(tiny_animator: Animator) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(transfer=TransferSettings(stitching=False)))
    source = animator.prepare(portrait())
    neutral = animator.edit(source, Edit())
    assert_close(neutral.kp_driving[..., :2], source.keypoints[..., :2])
    smile = animator.edit(source, Edit(smile=1.0, yaw_deg=10.0))
    assert not np.array_equal(smile.frame, neutral.frame)


def test_hold_keeps_the_last_expression(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    animator = with_policy(tiny_animator, "hold")
    source, state = animator.prepare(portrait()), animator.start()
    animator.step(source, driving[0], state)
    last = animator.step(source, driving[1], state)
    held = animator.step(source, wall(), state)
    assert_close(held.kp_driving, last.kp_driving)
    assert held.motion is None


def test_fade_eases_back_to_the_source(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    animator = with_policy(tiny_animator, "fade", fade_frames=4)
    source, state = animator.prepare(portrait()), animator.start()
    animator.step(source, driving[0], state)
    shift = animator.step(source, driving[1], state).kp_driving - source.keypoints
    for share in (0.75, 0.5, 0.25, 0.0, 0.0):
        faded = animator.step(source, None, state).kp_driving - source.keypoints
        assert_close(faded, share * shift, atol=1e-6, rtol=1e-5)


def test_pass_through_shows_the_source_untouched(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    animator = with_policy(tiny_animator, "pass_through")
    source, state = animator.prepare(portrait()), animator.start()
    animator.step(source, driving[0], state)
    passed = animator.step(source, wall(), state)
    assert np.array_equal(passed.frame, source.frame)
    assert np.array_equal(passed.crop, source.crop.image)


def test_raise_says_what_to_do(tiny_animator: Animator) -> None:
    animator = with_policy(tiny_animator, "raise")
    source = animator.prepare(portrait())
    with pytest.raises(NoFaceError, match="no_face"):
        animator.step(source, wall(), animator.start())


def test_a_source_without_a_face_is_refused(tiny_animator: Animator) -> None:
    with pytest.raises(NoFaceError, match="by hand"):
        tiny_animator.prepare(wall())


def test_the_chosen_face_is_the_one_that_moves(tiny_animator: Animator, driving: list[FrameRGB]) -> None:
    frame = two_people()
    source = tiny_animator.prepare(frame, face="right")
    step = tiny_animator.step(source, driving[0], tiny_animator.start())
    columns = np.argwhere((step.frame != frame).any(axis=2))[:, 1]
    assert columns.mean() > frame.shape[1] / 2


def test_live_smoothing_calms_a_trembling_driver(tiny_animator: Animator) -> None:
    trembling = [swaying(2, size_px=160)[index % 2] for index in range(8)]
    sources = []
    for smoothing in ("none", "live"):
        animator = replace(tiny_animator, settings=AnimationSettings(smoothing=smoothing))
        source, state = animator.prepare(portrait()), animator.start()
        moved = [animator.step(source, frame, state).kp_driving for frame in trembling]
        sources.append(float(torch.cat(moved).diff(dim=0).abs().mean()))
    assert sources[1] < 0.9 * sources[0]


def test_a_time_may_be_a_fraction_as_frames_have_it(tiny_animator: Animator) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(smoothing="live"))
    source = animator.prepare(portrait())
    states = animator.start(), animator.start()
    for index, frame in enumerate(swaying(2)):
        pts_seconds = Fraction(index, 30)
        exact = animator.step(source, frame, states[0], pts_seconds=pts_seconds)
        rounded = animator.step(source, frame, states[1], pts_seconds=float(pts_seconds))
        assert np.array_equal(exact.frame, rounded.frame)


@pytest.mark.parametrize(("first", "second"), [(0.5, 0.5), (0.5, 0.2), (0.5, math.nan), (0.5, math.inf)])
def test_times_that_do_not_rise_are_told(tiny_animator: Animator, first: float, second: float) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(smoothing="live"))
    source, state = animator.prepare(portrait()), animator.start()
    animator.step(source, portrait(), state, pts_seconds=first)
    with pytest.raises(SettingError, match="pts_seconds is"):
        animator.step(source, portrait(), state, pts_seconds=second)
    animator.step(source, portrait(), state)


def test_a_time_that_is_none_is_told_without_smoothing_too(tiny_animator: Animator) -> None:
    source, state = tiny_animator.prepare(portrait()), tiny_animator.start()
    with pytest.raises(SettingError, match="pts_seconds is nan"):
        tiny_animator.step(source, portrait(), state, pts_seconds=math.nan)
    for _ in range(2):  # nothing depends on the order here
        tiny_animator.step(source, portrait(), state, pts_seconds=0.5)


def test_a_crop_says_where_and_the_model_how_large(tiny_animator: Animator) -> None:
    usual = tiny_animator.prepare(portrait())
    wide = tiny_animator.prepare(portrait(), crop=replace(tiny_animator.source_crop, scale=3.0))
    assert wide.crop.image.shape == usual.crop.image.shape
    sides = [np.ptp(source.box_xyxy[[0, 2]]) for source in (usual, wide)]
    assert sides[0] < sides[1]


def test_many_drawn_at_once_are_those_drawn_one_by_one(tiny_animator: Animator) -> None:
    source = tiny_animator.prepare(portrait())
    steps = [tiny_animator.edit(source, Edit(yaw_deg=angle)) for angle in (-10.0, 0.0, 10.0)]
    together = tiny_animator.draw_many(source, torch.cat([step.kp_driving for step in steps]))
    for alone, one in zip(steps, together, strict=True):
        assert_close(one.kp_driving, alone.kp_driving)
        # A batch may add in another order: one level at most.
        assert np.abs(one.frame.astype(int) - alone.frame).max() <= 1
    assert not np.array_equal(together[0].frame, together[2].frame)


def test_it_lets_go_of_all_that_it_opened_and_twice_is_no_fault(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    def close(engine: TorchEngine) -> None:
        closed.append(engine.signature.name)

    monkeypatch.setattr(TorchEngine, "close", close)
    engine = EngineConfig(engine="torch", precision="fp32", device="cpu")
    with Animator.load(tiny_model, engine=engine) as animator:
        assert not closed
    faces = ["face_landmark_network", "face_detection_network"]
    assert closed == [*(engine.signature.name for engine in animator.model.engines.stages.values()), *faces]
    animator.close()
    assert closed.count("face_detection_network") == 1


def test_a_model_is_let_go_where_the_analyser_cannot_be_had(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[PortraitModel] = []

    def refuse(landmark_set: str, *, engine: EngineConfig, landmark_network: Path | None) -> None:
        raise EngineUnavailableError("none")

    def close(model: PortraitModel) -> None:
        closed.append(model)

    monkeypatch.setattr("liveportrait.animator.open_face_analyzer", refuse)
    monkeypatch.setattr(PortraitModel, "close", close)
    with pytest.raises(EngineUnavailableError):
        Animator.load(tiny_model, engine=EngineConfig(engine="torch", precision="fp32", device="cpu"))
    assert len(closed) == 1
