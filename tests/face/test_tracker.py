"""Faces keep their numbers while they are there, and when they come back."""

import numpy as np

from liveportrait.face.choice import FaceChoice
from liveportrait.face.following import FaceFollower
from liveportrait.face.protocol import Face
from liveportrait.face.tracker import FaceTracker, TrackerConfig
from tests.face.fake_analyzer import FakeAnalyzer, face_at, numbered_frame

HERE, THERE = face_at(40, 45), face_at(120, 45, size_px=30)


def ids(tracker: FaceTracker, index: int, *, grey: int = 100) -> list[int]:
    return [track.track_id for track in tracker.update(numbered_frame(index, grey=grey))]


def test_a_moving_face_keeps_its_number_without_detection() -> None:
    analyzer = FakeAnalyzer({index: [face_at(40 + 2 * index, 45)] for index in range(20)})
    tracker = FaceTracker(analyzer)
    assert [ids(tracker, index) for index in range(20)] == [[0]] * 20
    assert analyzer.num_detections == 1


def test_a_face_that_enters_is_found_at_the_next_detection() -> None:
    analyzer = FakeAnalyzer({index: [HERE, THERE] if index >= 3 else [HERE] for index in range(12)})
    tracker = FaceTracker(analyzer, config=TrackerConfig(detect_every_frames=5))
    assert [ids(tracker, index) for index in range(7)] == [[0]] * 5 + [[0, 1]] * 2


def test_a_lost_face_comes_back_under_its_number() -> None:
    tracker = FaceTracker(FakeAnalyzer({0: [HERE, THERE], 1: [HERE], 2: [HERE], 3: [HERE, THERE]}))
    assert [ids(tracker, index) for index in range(4)] == [[0, 1], [0], [0], [0, 1]]


def test_a_lost_face_is_forgotten_after_a_while() -> None:
    tracker = FaceTracker(FakeAnalyzer({0: [HERE], 4: [HERE]}), config=TrackerConfig(remember_frames=2))
    assert [ids(tracker, index) for index in range(5)] == [[0], [], [], [], [1]]


def test_a_face_that_comes_back_elsewhere_is_a_new_one() -> None:
    tracker = FaceTracker(FakeAnalyzer({0: [HERE], 1: [THERE]}))
    assert [ids(tracker, index) for index in range(2)] == [[0], [1]]


def test_a_cut_makes_the_tracker_look_anew() -> None:
    analyzer = FakeAnalyzer({0: [HERE], 1: [HERE], 2: [THERE]})
    tracker = FaceTracker(analyzer)
    assert [ids(tracker, 0), ids(tracker, 1), ids(tracker, 2, grey=220)] == [[0], [0], [1]]
    assert analyzer.num_detections == 2


def test_a_flash_does_not_change_who_is_who() -> None:
    tracker = FaceTracker(FakeAnalyzer({index: [HERE, THERE] for index in range(3)}))
    assert [ids(tracker, 0), ids(tracker, 1, grey=250), ids(tracker, 2)] == [[0, 1]] * 3


def test_a_face_that_jumps_in_size_is_not_the_same() -> None:
    tracker = FaceTracker(FakeAnalyzer({0: [face_at(80, 45, size_px=20)], 1: [face_at(80, 45, size_px=45)]}))
    assert [ids(tracker, index) for index in range(2)] == [[0], [1]]


def test_two_tracks_that_run_into_one_face_become_one() -> None:
    near, far = face_at(55, 45), face_at(85, 45)
    between = face_at(70, 45)
    tracker = FaceTracker(FakeAnalyzer({0: [near, far], 1: [between]}))
    assert [ids(tracker, index) for index in range(2)] == [[0, 1], [0]]


def test_a_video_without_faces() -> None:
    tracker = FaceTracker(FakeAnalyzer({}))
    assert [ids(tracker, index) for index in range(3)] == [[], [], []]


def five_points_of(face: Face) -> Face:
    """Eyes, nose and lips: much smaller than all of the face."""
    middle = face.landmarks.mean(axis=0)
    five = np.array([[-1, -1], [1, -1], [0, 0], [-0.8, 1], [0.8, 1]], np.float32)
    return Face(landmarks=middle + 0.2 * np.ptp(face.landmarks, axis=0) * five, score=1.0)


def follow_closely(faces_by_frame: dict[int, list[Face]], choice: FaceChoice | Face) -> list[Face | None]:
    """Newcomers are met when the tracker looks at the whole frame again, here at once."""
    config = TrackerConfig(detect_every_frames=1, remember_frames=2)
    follower = FaceFollower(FaceTracker(FakeAnalyzer(faces_by_frame), config=config), choice=choice)
    return [follower.update(numbered_frame(index)) for index in range(max(faces_by_frame) + 1)]


class TestGivenByHand:
    def test_the_face_there_is_followed_and_no_larger_one(self) -> None:
        moving = [face_at(120 + 2 * index, 45, size_px=30) for index in range(6)]
        faces = {index: [HERE, face] for index, face in enumerate(moving)}
        assert follow_closely(faces, five_points_of(moving[0])) == moving

    def test_it_is_vouched_for_where_the_analyser_sees_none(self) -> None:
        given = five_points_of(THERE)
        faces = {0: [HERE], 1: [HERE], 2: [HERE, THERE], 3: [HERE, THERE]}
        assert follow_closely(faces, given) == [given, None, THERE, THERE]

    def test_nobody_else_takes_its_place(self) -> None:
        newcomer = face_at(80, 45)
        faces = {0: [THERE], 1: [THERE], **{index: [newcomer] for index in range(2, 7)}, 7: [newcomer, THERE]}
        seen = follow_closely(faces, five_points_of(THERE))
        assert seen == [THERE, THERE, None, None, None, None, None, THERE]


def follow(faces_by_frame: dict[int, list[Face]], num_frames: int, **cuts: int) -> list[Face | None]:
    follower = FaceFollower(FaceTracker(FakeAnalyzer(faces_by_frame)), choice="left")
    greys = {int(name.removeprefix("frame_")): grey for name, grey in cuts.items()}
    return [follower.update(numbered_frame(i, grey=greys.get(i, 100))) for i in range(num_frames)]


def test_the_follower_waits_for_its_face_while_another_stays() -> None:
    seen = follow({0: [HERE, THERE], 1: [THERE], 2: [THERE], 3: [HERE, THERE]}, 4)
    assert seen == [HERE, None, None, HERE]


def test_the_follower_takes_a_lone_face_that_comes_back_elsewhere() -> None:
    assert follow({0: [HERE], 2: [THERE]}, 3) == [HERE, None, THERE]


def test_the_follower_chooses_again_after_a_cut() -> None:
    left, right = face_at(90, 70), face_at(140, 20)
    assert follow({0: [HERE], 1: [right, left]}, 2, frame_1=250) == [HERE, left]


def test_the_follower_of_a_video_with_a_face_only_in_the_middle() -> None:
    assert follow({2: [HERE], 3: [HERE]}, 6) == [None, None, HERE, HERE, None, None]


def test_a_face_chosen_by_its_number_is_waited_for() -> None:
    large, small = face_at(40, 45), face_at(120, 45, size_px=25)
    faces = {0: [large], 1: [large, small], 2: [large, small]}
    assert follow_closely(faces, 1) == [None, small, small]


def test_a_face_chosen_by_its_number_is_followed_again_after_it_was_forgotten() -> None:
    faces = {0: [HERE, THERE], **{index: [HERE] for index in range(1, 5)}, 5: [HERE, THERE]}
    assert follow_closely(faces, 1) == [THERE, None, None, None, None, THERE]


def test_a_face_chosen_by_its_number_may_come_back_elsewhere_beside_another() -> None:
    elsewhere = face_at(80, 20, size_px=30)
    assert follow_closely({0: [HERE, THERE], 1: [HERE], 2: [HERE, elsewhere]}, 1) == [THERE, None, elsewhere]


def test_of_two_strangers_the_nearer_one_is_the_face_that_was_lost() -> None:
    near, far = face_at(122, 70, size_px=36), face_at(80, 20, size_px=25)
    faces = {0: [HERE, THERE], **{index: [HERE] for index in range(1, 5)}, 5: [HERE, far, near]}
    assert follow_closely(faces, 1)[5] is near


def test_one_who_comes_back_where_another_was_lost_is_that_one() -> None:
    faces = {0: [HERE, THERE], **{index: [] for index in range(1, 5)}, 5: [HERE], 6: [HERE, THERE]}
    assert follow_closely(faces, 1)[5:] == [None, THERE]


def test_after_a_cut_faces_are_numbered_anew() -> None:
    left, right = face_at(80, 20), face_at(140, 70, size_px=25)
    follower = FaceFollower(FaceTracker(FakeAnalyzer({0: [HERE, THERE], 1: [left, right]})), choice=1)
    assert [follower.update(numbered_frame(0)), follower.update(numbered_frame(1, grey=250))] == [
        THERE,
        right,
    ]
