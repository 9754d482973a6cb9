import numpy as np
from numpy.testing import assert_array_equal

from liveportrait.training.face_segments import FaceSegment, SegmentConfig, follow_face
from tests.training.scripted_faces import ScriptedAnalyzer, ScriptedSource, face_at

EVERY_FRAME = SegmentConfig(frame_stride=1, look_every=1)


def spans(segments: list[FaceSegment]) -> list[tuple[int, int]]:
    return [(segment.first_index, segment.num_frames) for segment in segments]


def follow(
    numbers: list[int], config: SegmentConfig, *, shades: list[int] | None = None
) -> list[FaceSegment]:
    faces = [face_at(100 + 4 * number, 120) for number in range(20)] + [face_at(250, 60)]
    return list(follow_face(ScriptedSource(numbers, shades=shades), ScriptedAnalyzer(faces), config))


def test_a_face_is_followed_with_its_landmarks() -> None:
    (segment,) = follow(list(range(10)), EVERY_FRAME)
    assert segment.size_wh == (320, 240)
    assert segment.landmarks.shape == (10, 478, 2)
    assert_array_equal(segment.landmarks[3], face_at(112, 120).landmarks)


def test_losing_jumping_and_cutting_begin_a_new_stretch() -> None:
    assert spans(follow([0, 1, 255, 255, 2, 3], EVERY_FRAME)) == [(0, 2), (4, 2)]
    assert spans(follow([0, 1, 20, 20, 20], EVERY_FRAME)) == [(0, 2), (2, 3)]
    assert spans(follow([0] * 5, EVERY_FRAME, shades=[100, 100, 200, 200, 200])) == [(0, 2), (2, 3)]


def test_growth_begins_a_new_stretch() -> None:
    analyzer = ScriptedAnalyzer([face_at(160, 120), face_at(160, 120, size=160)])
    segments = list(follow_face(ScriptedSource([0, 0, 1, 1]), analyzer, EVERY_FRAME))
    assert spans(segments) == [(0, 2), (2, 2)]


def test_the_stride_counts_frames_of_the_file() -> None:
    (segment,) = follow([0, 255, 1, 255, 2], SegmentConfig(frame_stride=2))
    assert (segment.first_index, segment.num_frames, segment.frame_stride) == (0, 3, 2)
    assert_array_equal(segment.landmarks[1], face_at(104, 120).landmarks)


def test_long_stretches_become_several() -> None:
    segments = follow([number % 3 for number in range(10)], SegmentConfig(frame_stride=1, max_frames=4))
    assert spans(segments) == [(0, 4), (4, 4), (8, 2)]


def test_where_no_face_is_few_frames_are_searched() -> None:
    analyzer = ScriptedAnalyzer([])
    source = ScriptedSource([255] * 20)
    assert list(follow_face(source, analyzer, SegmentConfig(frame_stride=1, look_every=5))) == []
    assert analyzer.num_detections == 4


def test_size_is_that_of_the_box() -> None:
    (segment,) = follow([0, 0, 0], EVERY_FRAME)
    assert np.isclose(segment.face_px, 80, atol=0.1)
