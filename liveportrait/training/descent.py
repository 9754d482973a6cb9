"""An optimiser over a module, through Fabric: gradients of all processes, clipped, one step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from liveportrait.errors import LivePortraitError
from liveportrait.tensors import Loss


class DivergedError(LivePortraitError):
    """Losses or gradients are no longer numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentConfig:
    """How an optimiser steps (AdamW; without decay it is Adam)."""

    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    weight_decay: float = 0.0
    max_gradient_norm: float = 10.0
    """Of each group by itself: labels pull a motion extractor a hundred times as hard as pictures
    pull the networks that draw them, and one limit for both would leave these at a standstill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedGroup:
    """Parameters that learn at `rate` times the learning rate."""

    parameters: Iterable[nn.Parameter]
    rate: float = 1.0


class Descent:
    """Owns the optimiser; `module` is what must be called to get losses."""

    def __init__(
        self, fabric: Fabric, module: nn.Module, groups: Sequence[TrainedGroup], config: DescentConfig
    ) -> None:
        self._fabric, self._config = fabric, config
        self._rates = [config.learning_rate * group.rate for group in groups]
        self.optimizer = torch.optim.AdamW(
            [{"params": _trainable(group.parameters)} for group in groups],
            lr=config.learning_rate,
            betas=config.betas,
            weight_decay=config.weight_decay,
        )
        self.module, self._wrapped = fabric.setup(module, self.optimizer)

    def step(self, loss: Loss, *, pace: float) -> Tensor:
        """Move the parameters down the loss; returns the norm that the whole gradient had."""
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * pace
        self._wrapped.zero_grad()
        self._fabric.backward(loss)
        limit = self._config.max_gradient_norm
        norms = [
            torch.nn.utils.clip_grad_norm_(group["params"], limit) for group in self.optimizer.param_groups
        ]
        norm = torch.stack(norms).norm()
        if not torch.isfinite(norm):
            raise DivergedError(
                f"training diverged: the loss is {float(loss.detach()):.4g}, its gradient {float(norm):.4g}; "
                "go on from the last saved state with a lower learning rate"
            )
        self._wrapped.step()
        return norm


def _trainable(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]
