from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from safetensors.numpy import load_file

from liveportrait.face.loading import load_face_landmarker
from liveportrait.training.drawn_faces import (
    DrawnFace,
    DrawnFacesConfig,
    draw_face,
    draw_person,
    drawn_landmarks,
    write_drawn_clips,
)

FACE = DrawnFace(yaw_deg=5.0, pitch_deg=2.0, roll_deg=-3.0, lips_open=0.2, eyes_open=1.0)


def test_a_landmarker_sees_a_face_where_it_was_drawn(head: Float[ndarray, "m 3"]) -> None:
    """Within 3 % of the crop's half width: it was trained on people, not on drawings."""
    person = draw_person(np.random.default_rng(0), size_px=256)
    landmarks = drawn_landmarks(FACE, person, head)
    (found, *_) = load_face_landmarker().detect(draw_face(landmarks, person))
    seen = (2 * found.landmarks + 1) / 256 - 1
    assert np.abs(seen - landmarks[:, :2]).mean() < 0.03


def test_lips_and_lids_open_as_asked(head: Float[ndarray, "m 3"]) -> None:
    person = draw_person(np.random.default_rng(0), size_px=64)

    def heights(face: DrawnFace) -> tuple[float, float]:
        points = drawn_landmarks(face, person, head)
        return float(points[14, 1] - points[13, 1]), float(points[145, 1] - points[159, 1])

    shut, wide = heights(replace(FACE, lips_open=0.0, eyes_open=0.0)), heights(replace(FACE, lips_open=1.0))
    assert wide[0] > shut[0] + 0.1
    assert abs(shut[1]) < 0.01 < wide[1]


def test_the_same_seed_draws_the_same_clips(tmp_path: Path, head: Float[ndarray, "m 3"]) -> None:
    config = DrawnFacesConfig(num_clips=1, frames_per_clip=2, size_px=32)
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        write_drawn_clips(tmp_path / name, head, config, seed=seed)
    first, same, other = (load_file(tmp_path / name / "drawn-000.safetensors") for name in "abc")
    assert all((first[name] == same[name]).all() for name in first)
    assert (first["frames"] != other["frames"]).any()
