"""Networks, trained or deployed, as functions of plain tensors: what engines and exporters understand."""

from torch import Tensor, nn

from liveportrait.networks.appearance_feature_extractor import Appearance
from liveportrait.tensors import FeatureMap, FeatureVolume, ImageBatch, Keypoints


class AppearanceStage(nn.Module):
    """The picture to its volume and its details."""

    def __init__(self, appearance_feature_extractor: nn.Module) -> None:
        super().__init__()
        self.appearance_feature_extractor = appearance_feature_extractor

    def forward(self, image: ImageBatch) -> tuple[Tensor, ...]:
        appearance = self.appearance_feature_extractor(image)
        return (appearance.volume, *appearance.details)


class MotionStage(nn.Module):
    """The picture to the parts of its motion, in the order of `MotionPrediction`."""

    def __init__(self, motion_extractor: nn.Module) -> None:
        super().__init__()
        self.motion_extractor = motion_extractor

    def forward(self, image: ImageBatch) -> tuple[Tensor, ...]:
        return tuple(self.motion_extractor(image))


class RendererStage(nn.Module):
    """Warping network and SPADE generator in one piece: nothing between them leaves the engine."""

    def __init__(self, warping_network: nn.Module, spade_generator: nn.Module) -> None:
        super().__init__()
        self.warping_network = warping_network
        self.spade_generator = spade_generator

    def forward(
        self, volume: FeatureVolume, kp_driving: Keypoints, kp_source: Keypoints, *details: FeatureMap
    ) -> tuple[Tensor, ...]:
        warped = self.warping_network(Appearance(volume, details), kp_driving, kp_source)
        return (self.spade_generator(warped),)
