"""What is timed, in words: single networks, and a driven frame in all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from liveportrait.benchmarking.scene import Scene
from liveportrait.engines.signatures import StageName
from liveportrait.motion.transfer import transfer
from liveportrait.portrait_model import PortraitModel

Call: TypeAlias = Callable[[PortraitModel, Scene], Tensor]
"""One run; its result is compared with the reference's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One thing that is timed."""

    words: str
    call: Call
    stages: tuple[StageName, ...]
    """The networks that run in it, for counting what they compute."""


def _appearance(model: PortraitModel, scene: Scene) -> Tensor:
    return model.appearance(scene.source_image).volume


def _motion(model: PortraitModel, scene: Scene) -> Tensor:
    return model.motion(scene.driving_image).keypoints()


def _stitch(model: PortraitModel, scene: Scene) -> Tensor:
    return model.stitch(scene.kp_source, scene.kp_driving)


def _render(model: PortraitModel, scene: Scene) -> Tensor:
    return model.render(scene.appearance, scene.kp_driving, scene.kp_source)


def _driven_frame(model: PortraitModel, scene: Scene) -> Tensor:
    source = scene.source_motion
    driving = model.motion(scene.driving_image)
    moved = transfer(source, driving, source, mode="relative").keypoints()
    return model.render(scene.appearance, model.stitch(scene.kp_source, moved), scene.kp_source)


SCOPES = (
    Scope(
        words="appearance feature extractor, once a source",
        call=_appearance,
        stages=("appearance_feature_extractor",),
    ),
    Scope(words="motion extractor", call=_motion, stages=("motion_extractor",)),
    Scope(words="stitching network", call=_stitch, stages=("stitching_network",)),
    Scope(words="renderer only (W+G)", call=_render, stages=("renderer",)),
    Scope(
        words="a driven frame in the networks (M+S+W+G)",
        call=_driven_frame,
        stages=("motion_extractor", "stitching_network", "renderer"),
    ),
)

CACHED = "what a source needs once (its appearance and motion) is outside of all rows but the first"
