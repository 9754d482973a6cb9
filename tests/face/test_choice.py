"""Which face is meant, in words, numbers and boxes."""

import numpy as np
import pytest

from liveportrait.errors import NoFaceError, SettingError
from liveportrait.face.choice import FaceChoice, choose_face, parse_face_choice
from liveportrait.face.protocol import Face
from tests.face.random_faces import random_landmarks


def face(x: float, size: float) -> Face:
    return Face(landmarks=random_landmarks(centre_xy=(x, 100.0), size_px=size), score=1.0)


LEFT, MIDDLE, RIGHT = face(100.0, 40.0), face(300.0, 60.0), face(560.0, 90.0)
FACES = [MIDDLE, LEFT, RIGHT]


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("largest", RIGHT),
        ("left", LEFT),
        ("right", RIGHT),
        ("centre", MIDDLE),
        ("0", RIGHT),
        ("2", LEFT),
        ("80,80,130,130", LEFT),
        ("290, 0, 310, 20", MIDDLE),
    ],
)
def test_a_choice_in_text(text: str, chosen: Face) -> None:
    assert choose_face(FACES, parse_face_choice(text), frame_size_wh=(640, 200)) is chosen


@pytest.mark.parametrize("text", ["", "middle", "-1", "1.5", "1,2,3", "9,9,1,1", "nan,0,5,5", "0,0,inf,5"])
def test_what_is_no_choice_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="Expected a face"):
        parse_face_choice(text)


@pytest.mark.parametrize("choice", [3, -1])
def test_a_number_that_is_not_there(choice: int) -> None:
    with pytest.raises(NoFaceError, match="3 were found"):
        choose_face(FACES, choice, frame_size_wh=(640, 200))


@pytest.mark.parametrize("choice", ["largest", 0, np.array([0, 0, 1, 1], np.float32)])
def test_no_face_at_all_says_what_to_do(choice: FaceChoice) -> None:
    with pytest.raises(NoFaceError, match="by hand"):
        choose_face([], choice, frame_size_wh=(640, 200))
