"""VGG19 as a perceptual backbone, for those who have its weights.

Simonyan and Zisserman 2014; the five stages are those of the published recipes of this
method's family. No package that we know of carries the weights, so nothing here finds
them: bring a file of torchvision's layout as safetensors or `.pth`.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from liveportrait.checkpoints.reading import FRESH_COPY, read_tensors
from liveportrait.checkpoints.strict import check_fit
from liveportrait.errors import WeightsError
from liveportrait.judges.perceptual import ImageNetNormalisation
from liveportrait.tensors import FeatureMap, ImageBatch

_WIDTHS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 1))
"""Channels and convolutions between two poolings, up to the last stage that is compared."""

STAGE_ENDS = (1, 6, 11, 20, 29)
"""Layers after which features are compared: relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""

_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
"""How files of torch.save began before it wrote archives. torchvision still publishes VGG19 as one, so it is
read here, by the unpickler that knows tensors and nothing else."""

_EXPECTED = (
    "Expected torchvision's VGG19, as safetensors or as torch.save writes it: fetch that file anew, or leave "
    "VGG19 out and be judged by the usual backbone."
)


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
    """The backbone from a user's file, frozen; `licence` says under what terms the user has it.

    Raises:
        WeightsError: when the file is missing, damaged or another network's.
    """
    network = Vgg19(licence=licence)
    wanted = network.state_dict()
    try:
        state = {name: value for name, value in _read(path).items() if name in wanted}
        check_fit(wanted, state, path)
    except WeightsError as fault:
        raise WeightsError(f"{str(fault).removesuffix(FRESH_COPY).strip()} {_EXPECTED}") from fault
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> Mapping[str, Tensor]:
    return _read_legacy(path) if _is_legacy(path) else read_tensors(path)


def _is_legacy(path: Path) -> bool:
    """A file that cannot be opened is left to `read_tensors`, which says so."""
    try:
        with path.open("rb") as file:
            return file.read(len(_LEGACY)) == _LEGACY
    except OSError:
        return False


def _read_legacy(path: Path) -> Mapping[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as fault:  # a broken stream fails in the unpickler, the reader or a tensor's constructor
        raise WeightsError(f"{path} is damaged, cut off, or holds more than tensors.") from fault
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path} holds a {type(content).__name__}, no dictionary of tensors.")
    return {name: value for name, value in content.items() if isinstance(value, Tensor)}
