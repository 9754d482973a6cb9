"""Files in, a file out."""

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from liveportrait.animation.contact_sheet import ContactSheet
from liveportrait.animation.edited_pictures import edit_picture
from liveportrait.animation.files import AnimationReport, Moment, animate_file
from liveportrait.animation.phases import Phase
from liveportrait.animation.roles import face_in_box, roles_of
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animator import Animator
from liveportrait.arrays import FrameRGB
from liveportrait.errors import CancelledError, LivePortraitError, MediaError, NoFaceError, SettingError
from liveportrait.face.following import FaceFollower
from liveportrait.face.protocol import Face
from liveportrait.face.tracker import FaceTracker
from liveportrait.judges.face_alignment import FIVE_MESH_POINTS
from liveportrait.media.lengths import LengthPolicy
from liveportrait.media.opening import open_source
from liveportrait.media.progress import Progress
from liveportrait.motion.edit import Edit
from liveportrait.motion.template_file import save_template
from liveportrait.stepping import AnimationSettings, NoFacePolicy
from tests.media.clips import audio_seconds, clicks_in
from tests.portraits import (
    FPS,
    frames_of,
    portrait,
    swaying,
    two_people,
    wall,
    write_picture,
    write_video,
)

NTSC = Fraction(30000, 1001)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture(tmp_path_factory.mktemp("source") / "portrait.png", portrait())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("driving") / "driving.mp4", swaying(6))


def animated(
    animator: Animator,
    source: Path,
    driving: Path,
    output: Path,
    **changes: object,
) -> AnimationReport:
    settings = replace(FileSettings(), **changes)
    return animate_file(animator, source, [Role(driving=driving)], output, settings=settings)


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestFourCases:
    def test_a_picture_after_a_video(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        report = animated(tiny_animator, picture, clip, tmp_path / "out.mp4")
        frames = frames_of(tmp_path / "out.mp4")
        assert report.num_frames == len(frames) == 6
        assert [frame.pts_seconds for frame in frames] == [index / FPS for index in range(6)]
        assert frames[0].image.shape == (160, 160, 3)

    def test_a_video_after_a_video(self, tiny_animator: Animator, clip: Path, tmp_path: Path) -> None:
        source = write_video(tmp_path / "source.mp4", swaying(4, size_px=128))
        animated(tiny_animator, source, clip, tmp_path / "out.mp4")
        frames = frames_of(tmp_path / "out.mp4")
        assert len(frames) == 4
        assert frames[0].image.shape == (128, 128, 3)

    def test_a_video_after_a_picture(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        animated(tiny_animator, clip, picture, tmp_path / "out.mp4")
        assert len(frames_of(tmp_path / "out.mp4")) == 6

    def test_a_picture_after_a_picture(self, tiny_animator: Animator, picture: Path, tmp_path: Path) -> None:
        driving = write_picture(tmp_path / "driving.png", swaying(3)[2])
        animated(tiny_animator, picture, driving, tmp_path / "out.png")
        (frame,) = frames_of(tmp_path / "out.png")
        assert frame.image.shape == (160, 160, 3)
        assert not np.array_equal(frame.image, portrait())


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_the_file_path_is_a_loop_over_step(
    tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path, kind: str
) -> None:
    """Causal smoothing, the square of the first frame, a given anchor: equal to the last bit."""
    animator = replace(tiny_animator, settings=AnimationSettings(smoothing="live"))
    source = picture if kind == "picture" else write_video(tmp_path / "source.mp4", swaying(6)[::-1])
    settings = FileSettings(driving_square="first", anchor=2)
    recorded = Recorder()
    animate_file(
        animator, source, [Role(driving=clip)], tmp_path / "o.mp4", settings=settings, watcher=recorded
    )

    driving = [frame.image for frame in frames_of(clip)]
    reading = animator.start()
    motions = [reading.reader.read(image) for image in driving]
    assert motions[2] is not None
    state = animator.start(anchor=motions[2].motion)
    portraits = [frame.image for frame in frames_of(source)]
    prepared, follower = animator.prepare(portraits[0]), FaceFollower(FaceTracker(animator.analyzer))
    for index, image in enumerate(driving):
        if kind == "video":
            face = follower.update(portraits[index])
            assert face is not None
            prepared = animator.prepare(portraits[index], face=face, kind="video")
        step = animator.step(prepared, image, state, pts_seconds=index / 25)
        assert np.array_equal(recorded.moments[index].result.image, step.frame)


class Recorder:
    """Keeps what it sees."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []

    def see(self, moment: Moment, *, num_frames: int) -> None:
        self.moments.append(moment)


class TestTimes:
    def test_29_97_frames_a_second_stay_so(
        self, tiny_animator: Animator, picture: Path, tmp_path: Path
    ) -> None:
        driving = write_video(tmp_path / "driving.mp4", swaying(5), fps=NTSC)
        animated(tiny_animator, picture, driving, tmp_path / "out.mp4")
        with open_source(tmp_path / "out.mp4") as result:
            assert result.info.fps == NTSC
            assert [frame.pts_seconds for frame in result] == [index / NTSC for index in range(5)]

    def test_a_driver_of_another_rate_keeps_its_speed(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path
    ) -> None:
        """12 frames at 50 a second lead a source of 25: they last as long as 6 of its frames."""
        driving = write_video(tmp_path / "driving.mp4", swaying(12), fps=Fraction(50))
        animated(tiny_animator, clip, driving, tmp_path / "out.mp4")
        assert len(frames_of(tmp_path / "out.mp4")) == 6

    def test_a_source_of_variable_rate_meets_its_driver_in_time(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path
    ) -> None:
        """It halts from 0.08 to 0.16 seconds, while the driver and its sound go on."""
        source = write_video(tmp_path / "source.mp4", swaying(5), ticks=[0, 1, 2, 4, 5, 6])
        leading = leading_of(tiny_animator, source, clip, tmp_path / "out.mp4")
        times = [frame.pts_seconds for frame in frames_of(tmp_path / "out.mp4")]
        assert times == [index / FPS for index in (0, 1, 2, 4, 5)]
        driving = {frame.pts_seconds: frame.index for frame in frames_of(clip)}
        assert leading == [min(driving.values(), key=lambda i: abs(i / FPS - time)) for time in times]

    def test_a_driver_of_variable_rate_leads_in_time(self, tiny_animator: Animator, tmp_path: Path) -> None:
        """6 frames in 0.24 seconds as the source's, but half of them in the first third."""
        source = write_video(tmp_path / "source.mp4", swaying(6))
        driving = write_video(
            tmp_path / "driving.mp4", swaying(6), fps=Fraction(75), ticks=[0, 2, 4, 6, 10, 14, 18]
        )
        assert leading_of(tiny_animator, source, driving, tmp_path / "out.mp4") == [0, 2, 3, 4, 4, 5]

    def test_resampled_on_request(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        animated(tiny_animator, picture, clip, tmp_path / "out.mp4", fps=Fraction(50))
        frames = frames_of(tmp_path / "out.mp4")
        assert [frame.pts_seconds for frame in frames] == [Fraction(index, 50) for index in range(12)]

    def test_sound_is_kept_as_long_as_the_picture(
        self, tiny_animator: Animator, picture: Path, tmp_path: Path
    ) -> None:
        driving = write_video(tmp_path / "driving.mp4", swaying(10), sound_seconds=0.4)
        animated(tiny_animator, picture, driving, tmp_path / "out.mp4")
        assert clicks_in(tmp_path / "out.mp4") == pytest.approx([0.1], abs=0.03)
        assert audio_seconds(tmp_path / "out.mp4") == pytest.approx(0.4, abs=0.03)

    def test_sound_that_is_asked_for_and_missing_is_told(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(SettingError, match="sound"):
            animated(tiny_animator, picture, clip, tmp_path / "out.mp4", audio="driving")


def leading_of(animator: Animator, source: Path, driving: Path, output: Path) -> list[int]:
    """Which frame of the driver leads in each frame of the result: by its picture, and by what it does."""
    recorded, originals = Recorder(), [frame.image for frame in frames_of(driving)]
    settings = FileSettings(smoothing="none", anchor=0)
    animate_file(animator, source, [Role(driving=driving)], output, settings=settings, watcher=recorded)
    drivers = [one.driving for one in recorded.moments if one.driving is not None]
    assert len(drivers) == len(recorded.moments)
    return [
        next(index for index, image in enumerate(originals) if np.array_equal(image, driver))
        for driver in drivers
    ]


@pytest.mark.parametrize(("policy", "num_frames"), [("cut", 4), ("loop", 6), ("ping_pong", 6), ("hold", 6)])
def test_source_and_driver_of_different_length(
    tiny_animator: Animator, clip: Path, tmp_path: Path, policy: LengthPolicy, num_frames: int
) -> None:
    short = write_video(tmp_path / "source.mp4", swaying(4))
    recorded = Recorder()
    settings = FileSettings(lengths=policy)
    animate_file(
        tiny_animator,
        short,
        [Role(driving=clip)],
        tmp_path / "out.mp4",
        settings=settings,
        watcher=recorded,
    )
    frames = frames_of(tmp_path / "out.mp4")
    assert [frame.pts_seconds for frame in frames] == [index / FPS for index in range(num_frames)]
    originals = [frame.image for frame in frames_of(short)]
    order = {"cut": [0, 1, 2, 3], "loop": [0, 1, 2, 3, 0, 1], "ping_pong": [0, 1, 2, 3, 2, 1]}
    for moment, number in zip(recorded.moments, order.get(policy, [0, 1, 2, 3, 3, 3]), strict=True):
        assert np.array_equal(moment.source, originals[number])


class TestFacesThatAreNotSeen:
    @pytest.mark.parametrize("policy", ["hold", "fade", "pass_through"])
    @pytest.mark.parametrize("faceless", [{0, 1}, {3, 4}, {6, 7}])
    def test_of_the_driver_no_frame_is_lost(
        self,
        tiny_animator: Animator,
        picture: Path,
        tmp_path: Path,
        policy: NoFacePolicy,
        faceless: set[int],
    ) -> None:
        driving = write_video(tmp_path / "driving.mp4", swaying(8, faceless=faceless))
        animator = replace(tiny_animator, settings=AnimationSettings(no_face=policy, fade_frames=2))
        recorded = Recorder()
        report = animate_file(
            animator, picture, [Role(driving=driving)], tmp_path / "out.mp4", watcher=recorded
        )
        assert report.num_frames == len(frames_of(tmp_path / "out.mp4")) == 8
        assert report.frames_without_driving_face == 2
        untouched = [np.array_equal(one.result.image, portrait()) for one in recorded.moments]
        assert untouched == [policy == "pass_through" and index in faceless for index in range(8)]

    def test_raise_stops_and_leaves_nothing(
        self, tiny_animator: Animator, picture: Path, tmp_path: Path
    ) -> None:
        driving = write_video(tmp_path / "driving.mp4", swaying(6, faceless={3}))
        animator = replace(tiny_animator, settings=AnimationSettings(no_face="raise"))
        with pytest.raises(NoFaceError):
            animated(animator, picture, driving, tmp_path / "out.mp4")
        assert leftovers(tmp_path) == ["driving.mp4"]

    def test_of_the_source_the_frame_is_shown_as_it_is(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path
    ) -> None:
        source = write_video(tmp_path / "source.mp4", swaying(6, faceless={0, 1, 4}))
        for result, size in (("frame", 160), ("crop", 256)):
            recorded = Recorder()
            animate_file(
                tiny_animator,
                source,
                [Role(driving=clip)],
                tmp_path / f"{result}.mp4",
                settings=replace(FileSettings(), result=result),
                watcher=recorded,
            )
            shapes = {one.result.image.shape for one in recorded.moments}
            assert shapes == {(size, size, 3)}
            if result == "frame":
                kept = [np.array_equal(one.result.image, one.source) for one in recorded.moments]
                assert kept == [True, True, False, False, True, False]

    @pytest.mark.parametrize("who", ["source", "driving"])
    def test_nobody_at_all_is_told(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path, who: str
    ) -> None:
        empty = write_video(tmp_path / "empty.mp4", [wall()] * 3)
        source, driving = (empty, clip) if who == "source" else (picture, empty)
        with pytest.raises(NoFaceError, match=re.escape(str(empty))):
            animated(tiny_animator, source, driving, tmp_path / "out.mp4")
        assert leftovers(tmp_path) == ["empty.mp4"]

    def test_a_picture_of_nobody_is_named(self, tiny_animator: Animator, clip: Path, tmp_path: Path) -> None:
        source = write_picture(tmp_path / "wall.png", wall())
        with pytest.raises(NoFaceError, match=re.escape(str(source))):
            animated(tiny_animator, source, clip, tmp_path / "out.mp4")
        with pytest.raises(NoFaceError, match=re.escape(str(source))):
            edit_picture(tiny_animator, source, Edit(), tmp_path / "out.png")


class TestSeveralFaces:
    def test_all_follow_one_driver(self, tiny_animator: Animator, clip: Path, tmp_path: Path) -> None:
        source = write_picture(tmp_path / "pair.png", two_people())
        roles = roles_of(tiny_animator.analyzer, source, clip, faces="all")
        report = animate_file(tiny_animator, source, roles, tmp_path / "out.mp4")
        assert report.num_faces == 2
        left, right = halves(changes(two_people(), frames_of(tmp_path / "out.mp4")[3].image))
        assert left > 3
        assert right > 3

    def test_each_follows_its_own_driver(self, tiny_animator: Animator, clip: Path, tmp_path: Path) -> None:
        source = write_picture(tmp_path / "pair.png", two_people())
        other = write_video(tmp_path / "other.mp4", swaying(6)[::-1])

        def result(left: Path, right: Path) -> FrameRGB:
            recorded = Recorder()
            roles = [Role(driving=left, face="left"), Role(driving=right, face="right")]
            animate_file(tiny_animator, source, roles, tmp_path / "out.mp4", watcher=recorded)
            return recorded.moments[4].result.image

        both, one_changed = result(clip, clip), result(clip, other)
        left, right = halves(changes(both, one_changed))
        assert left == 0
        assert right > 0

    def test_a_picture_may_lead_one_while_a_video_leads_the_other(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        source = write_picture(tmp_path / "pair.png", two_people())
        roles = [Role(driving=picture, face="left"), Role(driving=clip, face="right")]
        report = animate_file(tiny_animator, source, roles, tmp_path / "out.mp4")
        assert report.num_frames == 6
        assert [frame.pts_seconds for frame in frames_of(tmp_path / "out.mp4")][5] == 5 / FPS

    @pytest.mark.parametrize(("policy", "num_frames"), [("cut", 4), ("loop", 6)])
    def test_drivers_of_different_length_and_rate(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path, policy: LengthPolicy, num_frames: int
    ) -> None:
        """The second one's 8 frames at 50 a second are 4 at the first one's 25."""
        source = write_picture(tmp_path / "pair.png", two_people())
        fast = write_video(tmp_path / "fast.mp4", swaying(8), fps=Fraction(50))
        roles = [Role(driving=clip, face="left"), Role(driving=fast, face="right")]
        settings = FileSettings(lengths=policy)
        report = animate_file(tiny_animator, source, roles, tmp_path / "out.mp4", settings=settings)
        assert report.num_frames == num_frames

    def test_in_a_video_too(self, tiny_animator: Animator, clip: Path, tmp_path: Path) -> None:
        source = write_video(tmp_path / "pair.mp4", [two_people()] * 4)
        roles = roles_of(tiny_animator.analyzer, source, clip, faces="all")
        animate_file(tiny_animator, source, roles, tmp_path / "out.mp4")
        left, right = halves(changes(two_people(), frames_of(tmp_path / "out.mp4")[3].image))
        assert min(left, right) > 3

    def test_a_crop_alone_takes_one_face(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        roles = [Role(driving=clip), Role(driving=clip)]
        with pytest.raises(SettingError, match="one face"):
            animate_file(
                tiny_animator,
                picture,
                roles,
                tmp_path / "out.mp4",
                settings=FileSettings(result="crop"),
            )

    def test_a_face_may_be_given_by_its_box(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path
    ) -> None:
        source = write_picture(tmp_path / "pair.png", two_people())
        face = face_in_box(tiny_animator.analyzer, source, np.array([190, 60, 260, 150], np.float32))
        animate_file(tiny_animator, source, [Role(driving=clip, face=face)], tmp_path / "out.mp4")
        left, right = halves(changes(two_people(), frames_of(tmp_path / "out.mp4")[3].image))
        assert right > 3 > left

    @pytest.mark.parametrize("by", ["box", "five points"])
    def test_a_face_given_by_hand_is_followed_through_a_video(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path, by: str
    ) -> None:
        source = write_video(tmp_path / "pair.mp4", [two_people()] * 4)
        analyzer = tiny_animator.analyzer
        face = face_in_box(analyzer, source, np.array([190, 60, 260, 150], np.float32))
        if by == "five points":
            face = Face(landmarks=face.landmarks[list(FIVE_MESH_POINTS)], score=1.0)
        animate_file(tiny_animator, source, [Role(driving=clip, face=face)], tmp_path / "out.mp4")
        left, right = halves(changes(two_people(), frames_of(tmp_path / "out.mp4")[3].image))
        assert right > 2 * left


def changes(before: FrameRGB, after: FrameRGB) -> np.ndarray:
    return np.abs(before.astype(int) - after.astype(int)).mean(axis=2)


def halves(values: np.ndarray) -> tuple[float, float]:
    middle = 160
    return float(values[:, :middle].mean()), float(values[:, middle:].mean())


class TestTemplates:
    def test_a_template_leads_as_its_video_does(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        from liveportrait.animation.phases import silently
        from liveportrait.animation.recording_drivers import record_driver

        with open_source(clip) as driving:
            recording = record_driver(driving, tiny_animator.model, tiny_animator.analyzer, progress=silently)
        template = recording.as_template(model_id=tiny_animator.model.space.model_id)
        save_template(template, tmp_path / "motion.safetensors")
        seen = []
        for leader in (clip, tmp_path / "motion.safetensors"):
            recorded = Recorder()
            animate_file(
                tiny_animator, picture, [Role(driving=leader)], tmp_path / "out.mp4", watcher=recorded
            )
            seen.append([one.result.image for one in recorded.moments])
        assert all(np.array_equal(a, b) for a, b in zip(*seen, strict=True))


class TestResults:
    def test_side_by_side(self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path) -> None:
        animated(tiny_animator, picture, clip, tmp_path / "out.mp4", panels="side_by_side")
        frames = frames_of(tmp_path / "out.mp4")
        assert frames[0].image.shape == (160, 480, 3)
        assert np.abs(frames[2].image[:, 160:320].astype(int) - portrait()).mean() < 4

    def test_transparency_is_kept_where_the_file_can(
        self, tiny_animator: Animator, clip: Path, tmp_path: Path
    ) -> None:
        import cv2

        alpha = np.full((160, 160), 255, np.uint8)
        alpha[:40] = 0
        bgra = np.dstack([cv2.cvtColor(portrait(), cv2.COLOR_RGB2BGR), alpha])
        cv2.imwrite(str(tmp_path / "cut.png"), bgra)
        for result in ("frame", "crop"):
            animated(tiny_animator, tmp_path / "cut.png", clip, tmp_path / result, result=result)
            found = [frame.alpha for frame in frames_of(tmp_path / result)]
            assert len(found) == 6
            kept = [one is not None and np.array_equal(one, alpha) for one in found]
            assert all(kept) if result == "frame" else not any(kept)

    @pytest.mark.parametrize("name", ["out.gif", "out.webp", "out.mov", "out.webm", "pictures"])
    def test_other_kinds(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path, name: str
    ) -> None:
        animated(tiny_animator, picture, clip, tmp_path / name)
        assert len(frames_of(tmp_path / name)) == 6


class TestFailures:
    def test_a_place_that_cannot_be_written_is_told_before_any_work(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        phases: list[Phase] = []

        def watching(phase: Phase) -> Progress:
            phases.append(phase)
            return lambda done, total: None

        for output in (tmp_path / "no" / "folder.mp4", tmp_path / "out.xyz"):
            with pytest.raises(MediaError):
                animate_file(tiny_animator, picture, [Role(driving=clip)], output, progress=watching)
        assert not phases
        assert leftovers(tmp_path) == []

    @pytest.mark.parametrize("phase", ["finding the driver", "reading the driver", "animating"])
    @pytest.mark.parametrize("error", [CancelledError, KeyboardInterrupt])
    def test_stopped_in_the_middle_nothing_is_left(
        self,
        tiny_animator: Animator,
        picture: Path,
        clip: Path,
        tmp_path: Path,
        phase: Phase,
        error: type[BaseException],
    ) -> None:
        def stopping(entered: Phase) -> Progress:
            calls = count()

            def tick(done: int, total: int | None) -> None:
                if entered == phase and next(calls) == 3:
                    raise error

            return tick

        target = tmp_path / "out.mp4"
        target.write_bytes(b"what stood there before")
        with pytest.raises(error):
            animate_file(tiny_animator, picture, [Role(driving=clip)], target, progress=stopping)
        assert leftovers(tmp_path) == ["out.mp4"]
        assert target.read_bytes() == b"what stood there before"

    def test_progress_tells_every_frame(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        told: list[tuple[Phase, int, int | None]] = []

        def telling(phase: Phase) -> Progress:
            return lambda done, total: told.append((phase, done, total))

        animate_file(tiny_animator, picture, [Role(driving=clip)], tmp_path / "out.mp4", progress=telling)
        assert told[-1] == ("animating", 6, 6)
        assert [done for phase, done, _ in told if phase == "animating"] == [1, 2, 3, 4, 5, 6]
        assert [phase for phase, _, _ in told if phase == "finding the driver"]

    @pytest.mark.parametrize("read", ["source", "driving"])
    def test_a_file_that_is_read_is_never_written(
        self, tiny_animator: Animator, picture: Path, tmp_path: Path, read: str
    ) -> None:
        both = write_video(tmp_path / "both.mp4", swaying(3))
        before = both.read_bytes()
        link = tmp_path / "link.mp4"
        link.symlink_to(both)
        source, driving = (both, picture) if read == "source" else (picture, both)
        with pytest.raises(SettingError, match="read as well as written"):
            animated(tiny_animator, source, driving, link)
        assert both.read_bytes() == before

    def test_an_anchor_without_a_face_is_refused(
        self, tiny_animator: Animator, picture: Path, tmp_path: Path
    ) -> None:
        driving = write_video(tmp_path / "driving.mp4", swaying(4, faceless={1}))
        for anchor in (1, 9):
            with pytest.raises(LivePortraitError, match="anchor"):
                animated(tiny_animator, picture, driving, tmp_path / "out.mp4", anchor=anchor)

    def test_two_kinds_of_smoothing_exclude_each_other(
        self, tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
    ) -> None:
        live = replace(tiny_animator, settings=AnimationSettings(smoothing="live"))
        with pytest.raises(SettingError, match="live or offline"):
            animated(live, picture, clip, tmp_path / "out.mp4", smoothing="offline")

    def test_somebody_must_lead(self, tiny_animator: Animator, picture: Path, tmp_path: Path) -> None:
        nobody: Sequence[Role] = []
        with pytest.raises(SettingError, match="leads"):
            animate_file(tiny_animator, picture, nobody, tmp_path / "out.mp4")


@pytest.mark.parametrize("panels", ["result", "side_by_side"])
def test_frames_that_the_codec_does_not_take_are_told_before_the_work(
    tiny_animator: Animator, clip: Path, tmp_path: Path, panels: str
) -> None:
    width = 16400 if panels == "result" else 9000
    wide = np.zeros((160, width, 3), np.uint8)
    wide[:, :160] = portrait()
    source = write_picture(tmp_path / "wide.png", wide)
    began: list[Phase] = []

    def progress(phase: Phase) -> Progress:
        began.append(phase)
        return lambda done, total: None

    settings = replace(FileSettings(), panels=panels)
    with pytest.raises(MediaError, match="libx264 takes sides of up to 16384.*webm"):
        animate_file(
            tiny_animator,
            source,
            [Role(driving=clip)],
            tmp_path / "out.mp4",
            settings=settings,
            progress=progress,
        )
    assert began == []
    assert leftovers(tmp_path) == ["wide.png"]


def test_a_picture_for_many_frames_is_told_before_the_work(
    tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
) -> None:
    def progress(phase: Phase) -> Progress:
        raise AssertionError(phase)

    for name in ("clip.mp4", "clip.mkv"):
        driving = write_video(tmp_path / name, swaying(4))
        with pytest.raises(MediaError, match="a picture holds one frame"):
            animate_file(
                tiny_animator, picture, [Role(driving=driving)], tmp_path / "out.png", progress=progress
            )
    assert leftovers(tmp_path) == ["clip.mkv", "clip.mp4"]


def cut_out(path: Path, *, hidden: int) -> Path:
    """A portrait with nothing around it, and below that nothing a colour that nobody sees."""
    image, alpha = portrait().copy(), np.full((160, 160), 255, np.uint8)
    for edge in (np.s_[:24], np.s_[:, :24], np.s_[:, -24:]):
        image[edge], alpha[edge] = hidden, 0
    Image.fromarray(np.dstack([image, alpha])).save(path)
    return path


@pytest.mark.parametrize("name", ["000.png", "%03d.png"])
@pytest.mark.parametrize("result", ["frame", "crop"])
def test_colours_that_nobody_sees_are_not_seen(
    tiny_animator: Animator, tmp_path: Path, name: str, result: Literal["frame", "crop"]
) -> None:
    made = []
    for hidden in (0, 180):
        folder = tmp_path / str(hidden)
        folder.mkdir()
        for number in range(1 if name == "000.png" else 2):
            cut_out(folder / f"{number:03d}.png", hidden=hidden)
        sheet, settings = ContactSheet(), FileSettings(result=result, panels="side_by_side")
        files = folder / name, [Role(driving=folder / name)], folder / "out"
        animate_file(tiny_animator, *files, settings=settings, watcher=sheet)
        sheet.save(folder / "sheet.png")
        made.append(
            [frame.image for path in (folder / "out", folder / "sheet.png") for frame in frames_of(path)]
        )
    assert all(np.array_equal(first, second) for first, second in zip(*made, strict=True))
    assert made[0][0][5, 5].tolist() == [255, 255, 255]


@pytest.mark.parametrize("result", ["frame", "crop"])
def test_an_edit_does_not_see_them_either(
    tiny_animator: Animator, tmp_path: Path, result: Literal["frame", "crop"]
) -> None:
    made = []
    for hidden in (0, 180):
        source, output = cut_out(tmp_path / f"{hidden}.png", hidden=hidden), tmp_path / f"{hidden}_out.jpg"
        edit_picture(tiny_animator, source, Edit(smile=0.5), output, result=result)
        made.append(frames_of(output)[0].image)
    assert np.array_equal(*made)


def test_a_face_given_by_hand_lies_in_the_picture(
    tiny_animator: Animator, picture: Path, clip: Path, tmp_path: Path
) -> None:
    (seen,) = tiny_animator.analyzer.detect(portrait())
    beyond = Face(landmarks=seen.landmarks + 1000, score=1.0)
    with pytest.raises(SettingError, match="outside of the picture of 160 x 160"):
        animate_file(tiny_animator, picture, [Role(driving=clip, face=beyond)], tmp_path / "out.mp4")
    with pytest.raises(SettingError, match="outside of the picture of 160 x 160"):
        edit_picture(tiny_animator, picture, Edit(), tmp_path / "out.png", faces=beyond)
    assert leftovers(tmp_path) == []
