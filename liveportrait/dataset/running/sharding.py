"""Who does what: a plan falls into shards of neighbours, and workers take them in turn.

What is in a shard depends on the plan alone, so any number of workers finds the same ledgers.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from liveportrait.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Identities `start` to `stop - 1` of the plan."""

    number: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPlace:
    """Which of how many workers."""

    rank: int
    num_workers: int

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.num_workers:
            raise SettingError(
                f"There is no worker {self.rank} of {self.num_workers}: they are numbered from 0."
            )

    def shares(self, shards: list[Shard]) -> list[Shard]:
        """This worker's shards: every n-th, so that all are done at about the same time."""
        return shards[self.rank :: self.num_workers]


def shards_of(num_identities: int, *, shard_identities: int) -> list[Shard]:
    """The plan, cut into ranges; only the last one may be shorter."""
    starts = range(0, num_identities, shard_identities)
    return [
        Shard(number=number, start=start, stop=min(start + shard_identities, num_identities))
        for number, start in enumerate(starts)
    ]


def place_from_environment(environment: Mapping[str, str] | None = None) -> WorkerPlace:
    """The place that a launcher gave this process: torchrun's, a Slurm array's, or srun's, in this order.

    Raises:
        SettingError: when none of them did.
    """
    found = os.environ if environment is None else environment
    for rank, count, first in _NAMES:
        if rank in found and count in found:
            start = _whole(found, first) if first in found else 0
            return WorkerPlace(rank=_whole(found, rank) - start, num_workers=_whole(found, count))
    known = "; ".join(f"{rank} and {count}" for rank, count, _ in _NAMES)
    raise SettingError(f"Nothing says which worker this process is; set one of: {known}.")


_NAMES = (
    ("RANK", "WORLD_SIZE", ""),
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    ("SLURM_PROCID", "SLURM_NTASKS", ""),
)
"""Variables of the rank, of the number of workers, and of the first rank where that may not be 0."""


def _whole(environment: Mapping[str, str], name: str) -> int:
    try:
        return int(environment[name])
    except ValueError:
        raise SettingError(f"{name} is {environment[name]!r}; expected a whole number.") from None
