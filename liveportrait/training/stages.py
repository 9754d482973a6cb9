"""From a recipe and a stage's name to a learner."""

import torch
from lightning_fabric import Fabric
from torch import nn

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.errors import SettingError
from liveportrait.face.loading import load_network
from liveportrait.judges.identity import FaceEmbedder
from liveportrait.judges.mobilenet_v2 import load_mobilenet_v2
from liveportrait.judges.perceptual import FeatureBackbone
from liveportrait.judges.sface import load_sface
from liveportrait.judges.vgg19 import load_vgg19
from liveportrait.networks.face_landmark_network import FaceLandmarkNetwork
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.training.learner import Learner
from liveportrait.training.motion_learner import MotionLearner, MotionStageConfig
from liveportrait.training.opening_meter import MeshOpeningMeter
from liveportrait.training.recipes import Recipe
from liveportrait.training.run_config import RunConfig, StageName
from liveportrait.training.schedule import ScheduleConfig
from liveportrait.training.stage_one_learner import StageOneLearner
from liveportrait.training.stage_one_step import Teachers
from liveportrait.training.stage_two_learner import StageTwoLearner


def stages_of(config: RunConfig) -> tuple[StageName, ...]:
    """What one call trains, in order."""
    if config.stage != "all":
        return (config.stage,)
    return ("one", "two") if config.recipe.motion is None else ("motion", "one", "two")


def schedule_of(recipe: Recipe, stage: StageName) -> ScheduleConfig:
    """How long a stage is and what feeds it."""
    match stage:
        case "motion":
            return motion_stage_of(recipe).schedule
        case "one":
            return recipe.one.schedule
        case "two":
            return recipe.two.schedule


def motion_stage_of(recipe: Recipe) -> MotionStageConfig:
    """The recipe's motion stage."""
    if recipe.motion is None:
        raise SettingError("this recipe has no motion stage; start with stage one")
    return recipe.motion


def make_learner(config: RunConfig, stage: StageName, networks: PortraitNetworks, fabric: Fabric) -> Learner:
    """The stage's learner over these networks, put into the layout that convolutions are fastest in."""
    for layer in networks.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    match stage:
        case "motion":
            return MotionLearner(networks, motion_stage_of(config.recipe), fabric)
        case "one":
            return StageOneLearner(networks, config.recipe.one, load_teachers(config, fabric), fabric)
        case "two":
            return StageTwoLearner(networks, config.recipe.two, load_meter(fabric), fabric)


def load_teachers(config: RunConfig, fabric: Fabric) -> Teachers:
    """The frozen judges that a recipe names."""
    return Teachers(backbone=_backbone(config), embedder=_embedder(config), mesh=load_meter(fabric).points)


def load_meter(fabric: Fabric) -> MeshOpeningMeter:
    """Reads openings by the face landmark network that comes with the library."""
    file = bundled_weights_dir() / "face" / "landmarks.safetensors"
    return MeshOpeningMeter(load_network(FaceLandmarkNetwork(), file, device=fabric.device))


def _backbone(config: RunConfig) -> FeatureBackbone | None:
    if config.vgg19 is not None:
        return load_vgg19(config.vgg19, licence="as its owner got it")
    return load_mobilenet_v2() if config.recipe.backbone == "mobilenet_v2" else None


def _embedder(config: RunConfig) -> FaceEmbedder | None:
    return load_sface() if config.recipe.embedder == "sface" else None
