"""What the training loop drives, whichever stage it is."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from torch import Tensor

from liveportrait.networks.presets import PortraitNetworks
from liveportrait.tensors import ImageBatch
from liveportrait.training.checkpointing import Stateful
from liveportrait.training.pairs import PairBatch


@runtime_checkable
class Learner(Protocol):
    """Networks, their optimisers and their average, and one way of learning from a batch."""

    @property
    def averaged(self) -> PortraitNetworks:
        """The networks that are judged and shipped."""
        ...

    @property
    def parts(self) -> Mapping[str, Stateful]:
        """All that must be kept for a stopped run to go on as if it had not been."""
        ...

    def learn(self, batch: PairBatch, *, step: int, pace: float) -> Mapping[str, Tensor]:
        """One step at `pace` times the full learning rate; returns the weighted losses by name."""
        ...

    def show(self, batch: PairBatch) -> tuple[ImageBatch, ...]:
        """What the averaged networks make of a batch: the columns of a sample sheet."""
        ...
