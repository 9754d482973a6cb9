"""Method e: the document animated, by this library's composition or by FLUXSynID's."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from liveportrait.animator import Animator
from liveportrait.checkpoints.manifest import sha256_of
from liveportrait.dataset.generators.animation import (
    AnimationConfig,
    AnimationGenerator,
    fluxsynid_square,
)
from liveportrait.dataset.generators.model_refs import face_analyser_ref, portrait_model_refs
from liveportrait.dataset.generators.protocol import LiveGenerator, LiveRequest, Sitter
from liveportrait.dataset.schema.parameters import AnimationParameters, Composition
from liveportrait.errors import ManyFacesError, NoFaceError, SettingError
from liveportrait.face.protocol import Face
from liveportrait.motion.edit import Edit
from liveportrait.motion.rotation import degrees_from_rotation, rotation_from_degrees
from tests.portraits import portrait, two_people, wall


@pytest.fixture(scope="module")
def generator(tiny_animator: Animator, tiny_model: Path) -> AnimationGenerator:
    return AnimationGenerator(tiny_animator, AnimationConfig(model=str(tiny_model)))


def request(name: str = "a", *, composition: Composition = "library", **sliders: float) -> LiveRequest:
    return LiveRequest(
        image_id=name, seed=1, parameters=AnimationParameters(**sliders), composition=composition
    )


def test_it_fits_the_protocols(generator: AnimationGenerator) -> None:
    assert isinstance(generator, LiveGenerator)
    assert isinstance(generator.prepare(portrait()), Sitter)


def test_it_draws_what_the_editor_draws(generator: AnimationGenerator, tiny_animator: Animator) -> None:
    drawn = generator.prepare(portrait()).draw([request(yaw_deg=8.0, smile=0.5)])
    edited = tiny_animator.edit(tiny_animator.prepare(portrait()), Edit(yaw_deg=8.0, smile=0.5))
    assert np.array_equal(drawn[0].frame, edited.frame)
    assert drawn[0].redrawn_xyxy is not None
    assert np.array_equal(drawn[0].redrawn_xyxy, edited.box_xyxy)


def test_many_requests_come_back_in_their_order(generator: AnimationGenerator) -> None:
    requests = [
        request("a", yaw_deg=8.0),
        request("b", composition="fluxsynid", roll_deg=-9.0),
        request("c", smile=0.9),
        request("d", composition="fluxsynid", pitch_deg=9.0),
    ]
    together = generator.prepare(portrait()).draw(requests)
    for one, wanted in zip(requests, together, strict=True):
        (alone,) = generator.prepare(portrait()).draw([one])
        assert np.abs(alone.frame.astype(int) - wanted.frame).max() <= 1


def test_fluxsynid_cuts_an_upright_square_of_twice_the_face() -> None:
    points = np.array([[10.0, 20.0], [50.0, 20.0], [30.0, 100.0]], np.float32)
    square = fluxsynid_square(Face(landmarks=points, score=1.0))
    assert square.centre_xy == (30.0, 60.0)
    assert square.side_px == 160.0
    assert square.angle_rad == 0.0


def test_fluxsynid_turns_the_expression_along(generator: AnimationGenerator, tiny_animator: Animator) -> None:
    """The picture of keypoints in closed form: scale (canonical + expression + change) R + t."""
    document, face = portrait(), tiny_animator.analyzer.detect(portrait())[0]
    (drawn,) = generator.prepare(document).draw([request(composition="fluxsynid", roll_deg=10.0, smile=1.0)])
    source = tiny_animator.prepare_at(document, fluxsynid_square(face), kind="image")
    motion, model = source.head.motion, tiny_animator.model
    pitch, yaw, roll = degrees_from_rotation(motion.rotation)
    rotation = rotation_from_degrees(pitch=pitch, yaw=yaw, roll=roll + 10.0)
    points = motion.canonical_keypoints + motion.expression + model.space.offset({"smile": 1.0})
    placed = motion.scale[:, :, None] * (points @ rotation) + motion.translation[:, None, :]
    expected = tiny_animator.draw(source, model.stitch(source.keypoints, placed)).frame
    assert np.abs(drawn.frame.astype(int) - expected).max() <= 1
    (usual,) = generator.prepare(document).draw([request(roll_deg=10.0, smile=1.0)])
    assert not np.array_equal(usual.frame, expected)


def test_documents_that_cannot_sit(generator: AnimationGenerator, tiny_model: Path) -> None:
    with pytest.raises(NoFaceError, match="none was found"):
        generator.prepare(wall())
    with pytest.raises(ManyFacesError, match="found 2"):
        generator.prepare(two_people())
    config = AnimationConfig(model=str(tiny_model), many_faces="largest")
    assert AnimationGenerator(generator.animator, config).prepare(two_people()).draw([request()])


def test_a_plan_without_parameters_says_so(generator: AnimationGenerator) -> None:
    with pytest.raises(SettingError, match="parameters"):
        generator.prepare(portrait()).draw([LiveRequest(image_id="x", seed=1)])


def test_mini_says_what_it_is() -> None:
    model, space = portrait_model_refs("mini")
    assert (model.id, space.id) == ("liveportrait/mini", "liveportrait/mini/expression_space")
    assert model.sha256 is not None and len(model.sha256) == 64
    assert model.restrictions == space.restrictions == "no commercial use"


def test_other_sliders_are_another_model(tiny_model: Path, tmp_path: Path) -> None:
    model = shutil.copytree(tiny_model, tmp_path / "model")
    networks, space = portrait_model_refs(str(model))
    file = model / "expression_space.json"
    file.write_text(file.read_text() + " ")
    assert portrait_model_refs(str(model)) == (networks, replace(space, sha256=sha256_of(file)))
    assert portrait_model_refs(str(model / "networks.safetensors")) == portrait_model_refs(str(model))


def test_the_analyser_is_its_four_files() -> None:
    analyser = face_analyser_ref()
    assert analyser.licence == "Apache-2.0"
    assert analyser.sha256 is not None and len(analyser.sha256) == 64
