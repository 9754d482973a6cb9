"""A learner of one number, and runs of it: the loop with nothing heavy in it."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.checkpointing import State, Stateful
from liveportrait.training.loop import Check, Run
from liveportrait.training.metrics_log import CsvLog
from liveportrait.training.pairs import PairBatch
from liveportrait.training.prefetching import Prefetcher
from liveportrait.training.schedule import ScheduleConfig
from tests.training.small_stages import one_process


class NumberSampler:
    """Batches that are one random number."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def __iter__(self) -> Iterator[PairBatch]:
        while True:
            value = torch.full((1, 3, 1, 1), self._rng.uniform(), dtype=torch.float32)
            yield PairBatch(value, value, None, None)  # pyright: ignore[reportArgumentType]

    def state_dict(self) -> State:
        return dict(self._rng.bit_generator.state)

    def load_state_dict(self, state: State, /) -> None:
        self._rng.bit_generator.state = state


class ToyLearner:
    """Follows the mean of the numbers, with noise of its own, and may do something after each step."""

    def __init__(self, after_step: Callable[[int], None] = lambda step: None) -> None:
        self.module = nn.Linear(1, 1)
        nn.init.zeros_(self.module.weight)
        nn.init.zeros_(self.module.bias)
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=0.1)
        self.paces: list[float] = []
        self._after_step = after_step

    @property
    def averaged(self) -> PortraitNetworks:
        return self.module  # pyright: ignore[reportReturnType]

    @property
    def parts(self) -> Mapping[str, Stateful]:
        return {"module": self.module, "optimizer": self.optimizer}

    def learn(self, batch: PairBatch, *, step: int, pace: float) -> Mapping[str, Tensor]:
        self.paces.append(pace)
        error = self.module(torch.rand(1, 1)) - batch.source.mean()
        loss = error.square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self._after_step(step)
        return {"loss": loss.detach(), "value": self.module.bias.detach()[0]}

    def show(self, batch: PairBatch) -> tuple[ImageBatch, ...]:
        return (batch.source,)


def toy_run(
    folder: Path,
    learner: ToyLearner,
    *,
    num_steps: int = 12,
    seed: int = 0,
    checks: tuple[Check, ...] = (),
    fabric: Fabric | None = None,
) -> Run:
    torch.manual_seed(seed)
    return Run(
        learner=learner,
        batches=Prefetcher(NumberSampler(seed)),
        schedule=ScheduleConfig(num_steps=num_steps, batch_size=1, warmup_steps=2),
        fabric=fabric or one_process(),
        folder=folder,
        open_logs=lambda step: (CsvLog(folder / "log.csv", resume_step=step),),
        checks=checks,
    )
