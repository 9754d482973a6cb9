"""A face of a source video: smoothed over all frames, or frame by frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.animation.offline_part import make_offline_part
from liveportrait.animation.parts import Part, TrackedFace, make_video_part
from liveportrait.animation.phases import silently
from liveportrait.animation.recording import Recording
from liveportrait.animation.recording_drivers import record_driver
from liveportrait.animation.source_track import track_source
from liveportrait.animator import Animator
from liveportrait.errors import NoFaceError
from liveportrait.media.opening import open_source
from liveportrait.motion.settings import TransferSettings
from liveportrait.stepping import AnimationSettings, NoFacePolicy, Step
from tests.portraits import frames_of, swaying, write_video

NO_SMOOTHING = 1e-12


def recorded(animator: Animator, path: Path) -> Recording:
    with open_source(path) as driving:
        return record_driver(driving, animator.model, animator.analyzer, progress=silently)


def tracked(animator: Animator, path: Path) -> TrackedFace:
    with open_source(path) as source:
        track = track_source(source, animator, face="largest", progress=silently)
    return TrackedFace(animator=animator, track=track, places=range(track.num_frames))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("source") / "source.mp4", swaying(6)[::-1])


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    images = swaying(6, faceless={0, 3, 4})
    return write_video(tmp_path_factory.mktemp("driving") / "gappy.mp4", images)


def steps(part: Part, source: Path) -> list[Step]:
    return [part.step(frame, part.prepare(frame), frame.image) for frame in frames_of(source)]


def both_ways(animator: Animator, source: Path, driving: Path) -> list[Tensor]:
    """The shift of the keypoints in every frame, offline and frame by frame."""
    face, recording = tracked(animator, source), recorded(animator, driving)
    order = range(recording.num_frames)
    offline = make_offline_part(
        face, recording, driving=order, anchor="first", smoothing_variance=NO_SMOOTHING
    )
    live = make_video_part(face, recording, driving=order, anchor="first")
    kp_source = face.nearest_motion().keypoints()
    return [
        torch.cat([one.kp_driving for one in steps(part, source)]) - kp_source for part in (offline, live)
    ]


@pytest.mark.parametrize("policy", ["hold", "fade", "pass_through"])
def test_without_smoothing_both_ways_are_one(
    tiny_animator: Animator, source: Path, gappy: Path, policy: NoFacePolicy
) -> None:
    settings = AnimationSettings(
        no_face=policy, fade_frames=2, transfer=TransferSettings(region="expression", stitching=False)
    )
    offline, live = both_ways(replace(tiny_animator, settings=settings), source, gappy)
    seen = [1, 2, 5]
    assert live[seen[1:]].abs().amax() > 1e-3
    assert_close(offline[seen], live[seen], atol=2e-5, rtol=1e-4)
    # Before the first face nothing moves, and after the last one it fades, holds or is not shown.
    assert_close(offline, live, atol=2e-5, rtol=1e-4)


def test_offline_smoothing_calms_the_motion(tiny_animator: Animator, source: Path) -> None:
    face, recording = tracked(tiny_animator, source), recorded(tiny_animator, source)
    trembling = []
    for variance in (NO_SMOOTHING, 1e-2):
        part = make_offline_part(
            face, recording, driving=range(6), anchor="first", smoothing_variance=variance
        )
        trembling.append(float(part.kp_driving.diff(dim=0).abs().mean()))
    assert trembling[1] < 0.9 * trembling[0]


def test_offline_smoothing_keeps_to_the_policy_raise(
    tiny_animator: Animator, source: Path, gappy: Path
) -> None:
    animator = replace(tiny_animator, settings=AnimationSettings(no_face="raise"))
    with pytest.raises(NoFaceError, match="frame 0"):
        make_offline_part(
            tracked(animator, source),
            recorded(animator, gappy),
            driving=range(6),
            anchor="first",
            smoothing_variance=NO_SMOOTHING,
        )


def test_steadied_eyes_start_from_the_first_frame_both_ways(tiny_animator: Animator, source: Path) -> None:
    settings = AnimationSettings(transfer=TransferSettings(eyes="steadied", stitching=False))
    offline, live = both_ways(replace(tiny_animator, settings=settings), source, source)
    assert_close(offline, live, atol=2e-5, rtol=1e-4)


def test_a_recording_keeps_no_pixels(tiny_animator: Animator, source: Path) -> None:
    recording = recorded(tiny_animator, source)
    assert recording.num_frames == 6
    held = [getattr(recording.motion, name) for name in ("rotation", "expression", "canonical_keypoints")]
    assert all(len(value) == 6 for value in held)
    assert not any(isinstance(getattr(recording, name), np.ndarray) for name in recording.__slots__)
