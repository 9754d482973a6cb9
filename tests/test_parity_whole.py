"""Parity of the whole flow: one portrait, two driving frames, all networks, lips closed, pasted back."""

from typing import Any

import numpy as np
import pytest
import torch

from liveportrait.animator import Animator
from liveportrait.driving import openings_of
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.opening import open_engines
from liveportrait.face.cropping import Crop
from liveportrait.face.loading import load_face_landmarker
from liveportrait.face.paste_back import paste_place
from liveportrait.media.panels import side_by_side
from liveportrait.motion.composition import DrivingFace, SourceFace
from liveportrait.motion.released_spaces import human_space
from liveportrait.motion.settings import TransferSettings
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.pixels import image_from_frame
from liveportrait.portrait_model import PortraitModel
from liveportrait.stepping import AnimationSettings, Source
from tests.oracle import golden, oracle_module


@pytest.fixture(scope="module")
def expected() -> Any:
    return golden("e2e")


@pytest.fixture(scope="module")
def animator(released_networks: PortraitNetworks) -> Animator:
    engine = EngineConfig(engine="torch", precision="fp32", device="cpu")
    model = PortraitModel(
        open_engines(released_networks, config=engine), preset=released_networks.preset, space=human_space()
    )
    settings = AnimationSettings(transfer=TransferSettings(lips="normalized"))
    return Animator(model=model, analyzer=load_face_landmarker(), settings=settings)


@pytest.fixture(scope="module")
def source(animator: Animator, expected: Any) -> Source:
    """The oracle gives the crop, its place and the landmarks; no detector is involved."""
    pictures = oracle_module("golden_io")
    frame = pictures.image(expected.seed, "e2e/source")[0]
    crop = pictures.image(expected.seed, "e2e/crop256")[0]
    frame_from_crop = expected.input("M_c2o").astype(np.float64)
    height, width = frame.shape[:2]
    model, image = animator.model, image_from_frame(crop)
    with torch.inference_mode():
        return Source(
            frame=frame,
            crop=Crop(
                image=crop,
                crop_from_frame=np.linalg.inv(frame_from_crop),
                frame_from_crop=frame_from_crop,
            ),
            appearance=model.appearance(image),
            head=SourceFace(motion=model.motion(image), openings=openings_of(expected.input("lmk203"))),
            place=paste_place(frame_from_crop, crop_size_px=512, frame_size_wh=(width, height)),
        )


def test_parity_of_the_prepared_source(source: Source, expected: Any) -> None:
    expected.check("f_s", source.appearance.volume)
    expected.check("x_s", source.keypoints)


def test_parity_of_two_animated_frames(animator: Animator, source: Source, expected: Any) -> None:
    driving = oracle_module("golden_io").image(expected.seed, "e2e/driving")
    state = animator.start()
    for index, frame in enumerate(driving):
        with torch.inference_mode():
            motion = animator.model.motion(image_from_frame(frame))
        for name in ("scale", "expression", "translation", "canonical_keypoints"):
            golden_name = {"expression": "exp", "translation": "t", "canonical_keypoints": "kp"}.get(
                name, name
            )
            assert np.allclose(
                getattr(motion, name).numpy(), expected[f"template/{golden_name}"][index], atol=1e-4
            )
        assert np.allclose(motion.rotation.numpy(), expected["template/R"][index], atol=1e-4)
        step = animator.step(source, DrivingFace(motion=motion), state)
        expected.check(f"{index}/x_d", step.kp_driving)
        assert step.crop is not None
        expected.check(f"{index}/crop_u8", step.crop)
        expected.check(f"{index}/pasted_u8", step.frame)
        panels = side_by_side([frame, source.crop.image, step.crop], height_px=512)
        expected.check(f"{index}/concat_u8", panels)
