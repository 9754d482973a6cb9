"""The exponential moving average of a network's weights: what is evaluated and shipped."""

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from liveportrait.errors import WeightsError

Network = TypeVar("Network", bound=nn.Module)


class Ema(Generic[Network]):
    """A smoothed copy of a network, kept in evaluation mode and out of every optimiser.

    Early on the average follows faster, `min(decay, (1 + n) / (10 + n))` after n updates, so
    that the first random weights are soon forgotten.
    """

    def __init__(self, network: Network, *, decay: float = 0.998) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.num_updates = 0

    @torch.no_grad()
    def update(self, network: Network) -> None:
        """Move towards the network's weights; buffers are taken over as they are."""
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        for average, parameter in zip(self.network.parameters(), network.parameters(), strict=True):
            average.lerp_(parameter.detach().to(average.dtype), 1 - decay)
        for average, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            average.copy_(buffer)
        self.num_updates += 1

    def state_dict(self) -> dict[str, int | dict[str, Tensor]]:
        """Everything that a resumed run needs to go on with the same numbers."""
        return {"num_updates": self.num_updates, "network": self.network.state_dict()}

    def load_state_dict(self, state: dict[str, int | dict[str, Tensor]]) -> None:
        num_updates, weights = state.get("num_updates"), state.get("network")
        if not isinstance(num_updates, int) or not isinstance(weights, dict):
            raise WeightsError(f"expected an average's num_updates and network, found {sorted(state)}")
        self.network.load_state_dict(weights)
        self.num_updates = num_updates
