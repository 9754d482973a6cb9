"""Means of a run's numbers between two rows of its log."""

from collections.abc import Mapping

from torch import Tensor

from liveportrait.training.checkpointing import State


class MetricMeans:
    """Sums stay on their device, so that no step waits for the numbers of the last."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._count = 0

    def add(self, values: Mapping[str, Tensor]) -> None:
        """The numbers of one step; all steps bring the same names."""
        for name, value in values.items():
            self._sums[name] = (
                self._sums[name] + value.detach().float() if name in self._sums else value.detach().float()
            )
        self._count += 1

    def take(self) -> dict[str, float]:
        """The means since the last time; empty when nothing was added."""
        means = {name: float(total) / self._count for name, total in self._sums.items()}
        self._sums, self._count = {}, 0
        return means

    def state_dict(self) -> State:
        return {"sums": {name: total.cpu() for name, total in self._sums.items()}, "count": self._count}

    def load_state_dict(self, state: State, /) -> None:
        self._sums, self._count = dict(state["sums"]), state["count"]
