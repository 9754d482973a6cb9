import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.arrays import FrameRGB
from liveportrait.errors import NoFaceError
from liveportrait.evaluation.disocclusion import mesh_triangles
from liveportrait.evaluation.pixel_errors import MAX_PSNR_DB
from liveportrait.evaluation.reenactors import CopiedSource, SeenFrame, WarpedMesh
from liveportrait.evaluation.self_reenactment import (
    ClipResult,
    SelfFigures,
    reenact_clip,
    reenact_clips,
    summarise,
)
from tests.evaluation.drawn_faces import (
    HEAD,
    DrawnFace,
    drawn_judges,
    judges_with_second,
    read_drawing,
    talking,
)
from tests.evaluation.test_clips import write_gif

TRIANGLES = mesh_triangles(HEAD)


class PerfectModel:
    """Knows the driving frames."""

    name = "model"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [seen.frame for seen in driving]


class BrightModel:
    """Perfect but for a constant brightness."""

    name = "model"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [seen.frame + np.uint8(25) for seen in driving]


class BlindModel:
    """Draws nothing."""

    name = "model"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        return [np.zeros_like(source.frame) for _ in driving]


class WideEyedModel:
    """Perfect but for eyes that are drawn two pixels too wide."""

    name = "model"

    def __call__(self, source: SeenFrame, driving: Sequence[SeenFrame]) -> list[FrameRGB]:
        faces = [read_drawing(seen.frame) for seen in driving]
        return [replace(face, eyes_px=face.eyes_px + 2).draw() for face in faces if face is not None]


def clip(num_frames: int = 8) -> list[FrameRGB]:
    return [face.draw() for face in talking(num_frames)]


def result_of(*methods) -> ClipResult:
    return reenact_clip("clip", clip(), methods, drawn_judges(), TRIANGLES)


def figures_of(method) -> SelfFigures:
    return result_of(method).methods[0].figures


def figures_by_both(method) -> SelfFigures:
    """With a second landmarker among the judges."""
    result = reenact_clip("clip", clip(), [method], judges_with_second(), TRIANGLES)
    return result.methods[0].figures


def test_the_true_frames_are_perfect() -> None:
    figures = figures_of(PerfectModel())
    picture, follows = figures.picture, figures.following
    assert (picture.l1, picture.l1_face, picture.perceptual, picture.disoccluded_l1, picture.flicker) == (
        0,
    ) * 5
    assert (picture.psnr_db, picture.psnr_face_db) == (MAX_PSNR_DB, MAX_PSNR_DB)
    assert (picture.ssim, picture.ssim_face, picture.sharpness) == pytest.approx((1, 1, 1))
    assert picture.identity_to_driving == pytest.approx(1, abs=1e-6)
    assert picture.identity_to_source == picture.real_identity_to_source
    assert (figures.landmark_error, follows.pose_error_deg, follows.lost_faces) == pytest.approx(
        (0, 0, 0), abs=1e-4
    )
    for opening in (follows.lips, follows.eyes):
        assert (opening.error, opening.correlation, opening.swing) == pytest.approx((0, 1, 1))


def test_copying_the_source_follows_nothing() -> None:
    result = result_of(CopiedSource())
    figures = result.methods[0].figures
    assert figures.following.lips.correlation == 0 and figures.following.lips.swing == 0
    assert figures.picture.identity_to_source == pytest.approx(1, abs=1e-6)
    assert figures.picture.l1_face > 0 and figures.landmark_error > 0
    faces = talking()
    expected = np.mean([abs(face.lip_opening - faces[0].lip_opening) for face in faces[1:]])
    assert figures.following.lips.error == pytest.approx(expected, rel=1e-3)
    assert result.num_frames == 7


def test_eyes_too_wide_by_a_known_amount_are_an_error_of_that_amount() -> None:
    follows = figures_of(WideEyedModel()).following
    assert follows.eyes.error == pytest.approx(DrawnFace(eyes_px=2).eye_opening, rel=1e-3)
    assert (follows.eyes.correlation, follows.eyes.swing) == pytest.approx((1, 1))
    assert follows.lips.error == 0


def test_the_true_frames_are_perfect_by_the_second_landmarker_too() -> None:
    figures = figures_by_both(PerfectModel())
    follows = figures.second_following
    assert follows is not None
    assert (figures.second_landmark_error, follows.pose_error_deg, follows.lost_faces) == pytest.approx(
        (0, 0, 0), abs=1e-4
    )
    for opening in (follows.lips, follows.eyes):
        assert (opening.error, opening.correlation, opening.swing) == pytest.approx((0, 1, 1))


def test_the_second_landmarker_measures_by_its_own_points() -> None:
    figures = figures_by_both(CopiedSource())
    follows = figures.second_following
    assert follows is not None
    source, *faces = talking()
    lips = np.mean([2 * abs(face.lip_opening - source.lip_opening) for face in faces])
    eyes = np.mean([2 * abs(face.eye_opening - source.eye_opening) for face in faces])
    assert (follows.lips.error, follows.eyes.error) == pytest.approx((lips, eyes), rel=1e-3)
    assert (follows.lips.correlation, follows.eyes.correlation, follows.lips.swing) == (0, 0, 0)
    rolled_deg = np.mean([face.x - source.x for face in faces])
    assert follows.pose_error_deg == pytest.approx(rolled_deg, rel=1e-3)
    there = source.points_68()
    apart = [np.linalg.norm(face.points_68() - there, axis=1).mean() for face in faces]
    eye_distance = np.linalg.norm(there[[36, 39]].mean(axis=0) - there[[42, 45]].mean(axis=0))
    assert figures.second_landmark_error == pytest.approx(np.mean(apart) / eye_distance, rel=1e-4)


def test_what_the_second_landmarker_cannot_see_is_lost_to_it_and_without_one_there_is_nothing() -> None:
    lost = figures_by_both(BlindModel())
    assert lost.second_following is not None and lost.second_following.lost_faces == 1
    assert lost.second_landmark_error is not None and math.isnan(lost.second_landmark_error)
    alone = figures_of(PerfectModel())
    assert (alone.second_landmark_error, alone.second_following) == (None, None)


def test_a_constant_brightness_is_an_error_but_no_flicker() -> None:
    picture = figures_of(BrightModel()).picture
    assert picture.background_l1 == pytest.approx(25 / 255, rel=1e-3)
    assert picture.l1 == pytest.approx(25 / 255, rel=0.02)
    assert picture.flicker == pytest.approx(0, abs=2e-3)


def test_the_mesh_warp_beats_copying_where_the_head_moves() -> None:
    warped, copied = figures_of(WarpedMesh()), figures_of(CopiedSource())
    assert warped.landmark_error < copied.landmark_error
    assert warped.picture.l1 < copied.picture.l1


def test_lost_faces_are_counted_and_measure_nothing() -> None:
    figures = figures_of(BlindModel())
    assert figures.following.lost_faces == 1
    assert math.isnan(figures.landmark_error) and math.isnan(figures.picture.identity_to_source)
    assert figures.picture.l1 > 0


def test_a_clip_needs_a_face_first_and_a_frame_after_it() -> None:
    empty = np.zeros((256, 256, 3), np.uint8)
    for frames in ([empty, *clip(2)], clip(1)):
        with pytest.raises(NoFaceError):
            reenact_clip("clip", frames, [CopiedSource()], drawn_judges(), TRIANGLES)


def test_clips_that_cannot_be_used_are_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good = write_gif(tmp_path / "good.gif", clip())
    bad = tmp_path / "bad.gif"
    bad.write_bytes(b"no video")
    results = reenact_clips([bad, good], [PerfectModel(), CopiedSource()], drawn_judges(), most_frames=5)
    assert [result.clip for result in results] == ["good.gif"]
    assert "bad.gif is left out" in caplog.text
    perfect, copied = summarise(results)
    assert (perfect.method, perfect.num_clips) == ("model", 1)
    assert perfect.lip_correlation_pooled == pytest.approx(1)
    assert copied.lip_correlation_pooled == 0
    assert (perfect.num_clips_with_moving_lips, perfect.num_clips_with_moving_eyes) == (1, 1)
