"""VGG19 as a perceptual backbone, for those who have its weights.

Simonyan and Zisserman 2014; the five stages are those of the published recipes of this
method's family. No package that we know of carries the weights, so nothing here finds
them: bring a file of torchvision's layout as safetensors or `.pth`.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from liveportrait.errors import WeightsError
from liveportrait.judges.perceptual import ImageNetNormalisation
from liveportrait.tensors import FeatureMap, ImageBatch

_WIDTHS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 1))
"""Channels and convolutions between two poolings, up to the last stage that is compared."""

STAGE_ENDS = (1, 6, 11, 20, 29)
"""Layers after which features are compared: relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""


class Vgg19(nn.Module):
    """The convolutional part up to relu5_1, layer numbers as torchvision's."""

    def __init__(self, *, licence: str) -> None:
        super().__init__()
        self.licence = licence
        self.normalisation = ImageNetNormalisation()
        layers: list[nn.Module] = []
        channels = 3
        for stage, (width, repeats) in enumerate(_WIDTHS):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(repeats):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
        self.features = nn.Sequential(*layers)

    def forward(self, image: ImageBatch) -> list[FeatureMap]:
        hidden = self.normalisation(image)
        stages = []
        for index, layer in enumerate(self.features):
            hidden = layer(hidden)
            if index in STAGE_ENDS:
                stages.append(hidden)
        return stages


def load_vgg19(path: Path, *, licence: str) -> Vgg19:
    """The backbone from a user's file, frozen; `licence` says under what terms the user has it."""
    network = Vgg19(licence=licence)
    wanted = network.state_dict()
    state = _read(path)
    try:
        network.load_state_dict({name: value for name, value in state.items() if name in wanted})
    except RuntimeError as error:
        raise WeightsError(f"{path} does not hold torchvision's VGG19: {error}") from error
    return network.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, torch.Tensor]:
    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)
