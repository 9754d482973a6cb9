"""What every contestant is given: one source and one driving frame, prepared once by the reference."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from liveportrait.animation.roles import first_image
from liveportrait.animator import Animator
from liveportrait.errors import SettingError
from liveportrait.face.loading import load_face_landmarker
from liveportrait.motion.state import Motion
from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.pixels import image_from_frame
from liveportrait.portrait_model import PortraitModel
from liveportrait.stepping import Source
from liveportrait.tensors import ImageBatch, Keypoints

_EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFiles:
    """A portrait and who leads it; the examples of the checkout unless others are named."""

    source: Path = _EXAMPLES / "astronaut.jpg"
    driving: Path = _EXAMPLES / "driving.mp4"

    def check(self) -> None:
        for path in (self.source, self.driving):
            if not path.exists():
                raise SettingError(
                    f"{path} is missing: an installed package has no examples. Name a portrait and a driving "
                    "video with --source and --driving."
                )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Inputs of the networks."""

    source_image: ImageBatch
    driving_image: ImageBatch
    appearance: Appearance
    source_motion: Motion
    kp_driving: Keypoints
    """Of the driving frame, relative to the source's own head."""

    @property
    def kp_source(self) -> Keypoints:
        return self.source_motion.keypoints()


@torch.inference_mode()
def make_scene(files: SceneFiles, model: PortraitModel) -> Scene:
    """Cut out both faces and read them."""
    files.check()
    animator = Animator(model=model, analyzer=load_face_landmarker(device=model.device))
    source, driving = (animator.prepare(first_image(path)) for path in (files.source, files.driving))
    moved = replace(source.head.motion, expression=driving.head.motion.expression)
    return Scene(
        source_image=_network_image(source, model),
        driving_image=_network_image(driving, model),
        appearance=source.appearance,
        source_motion=source.head.motion,
        kp_driving=moved.keypoints(),
    )


def _network_image(source: Source, model: PortraitModel) -> ImageBatch:
    view = source.crop.network_input(size_px=model.preset.input_px)
    return image_from_frame(view, device=model.device)
