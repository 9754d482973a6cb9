"""Networks with random weights under which every part matters: nothing is zero, nothing explodes."""

import torch
from torch import nn

from liveportrait.networks.convnext import GlobalResponseNorm
from liveportrait.networks.detail_decoder import DetailDecoder
from liveportrait.networks.presets import PortraitNetworks, Preset


def random_networks(preset: Preset, *, seed: int = 0) -> PortraitNetworks:
    torch.manual_seed(seed)
    networks = PortraitNetworks(preset).eval().requires_grad_(requires_grad=False)
    for module in networks.modules():
        randomise(module)
    return networks


def randomise(module: nn.Module) -> None:
    """Fill what an untrained network leaves at zero or one."""
    match module:
        case nn.BatchNorm2d() | nn.BatchNorm3d():
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(0, 0.1)
        case GlobalResponseNorm():
            module.gamma.normal_(0, 0.1)
            module.beta.normal_(0, 0.1)
        case DetailDecoder():
            nn.init.zeros_(module.output.get_parameter("bias"))  # keeps no more than it draws
        case nn.Conv2d() if not module.weight.any():
            nn.init.normal_(module.weight, std=0.05)
        case nn.Linear() if not module.weight.any():
            nn.init.normal_(module.weight, std=0.002)
