"""What of a machine falls to one worker: cores, and a card."""

import os
from collections.abc import Mapping, Sequence

from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.guard import recipe_values


def cores_here(environment: Mapping[str, str] | None = None) -> int:
    """That this process may use: of those that the system allows it, its share by a launcher that begins
    several beside each other (torchrun's LOCAL_WORLD_SIZE) or counts them out (Slurm's cpus-per-task)."""
    found = os.environ if environment is None else environment
    affinity = getattr(os, "sched_getaffinity", None)
    num_cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    if (counted := found.get("SLURM_CPUS_PER_TASK", "")).isdecimal():
        return max(1, min(num_cores, int(counted)))
    beside = found.get("LOCAL_WORLD_SIZE", "")
    return max(1, num_cores // max(1, int(beside) if beside.isdecimal() else 1))


def threads_of(execution: Execution) -> int:
    """Of this process as the only worker: as asked, or all that it has."""
    return execution.num_threads or cores_here()


def threads_beside(execution: Execution) -> int:
    """Of each of the workers, if all of them are on this machine."""
    return execution.num_threads or max(1, cores_here() // execution.num_workers)


def cores_each(cores_of_machines: Sequence[int], *, num_workers: int) -> int:
    """The most that every worker can have, on whichever machine it finds a place; at least 1."""
    most = max(cores_of_machines, default=1)
    fits = (
        each for each in range(most, 0, -1) if sum(num // each for num in cores_of_machines) >= num_workers
    )
    return next(fits, 1)


def card_of(rank: int, *, visible: str | None, num_cards: int) -> str | None:
    """What CUDA_VISIBLE_DEVICES is for the worker of that rank; None where there is nothing to share out.

    Args:
        visible: The variable as it is.
        num_cards: Of the machine.
    """
    cards = (
        list(map(str, range(num_cards))) if visible is None else [one for one in visible.split(",") if one]
    )
    return cards[rank % len(cards)] if len(cards) > 1 else None


def names_a_card(recipe: Recipe) -> bool:
    """Whether a device of the recipe has a number, as `cuda:1`, which is the user's own choice."""
    values = recipe_values(recipe)[1].items()
    return any(name.endswith("device") and ":" in str(value) for name, value in values)
