"""Where the processes of a run stand: they go on from one step, or not at all."""

from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from liveportrait.checkpoints.networks_file import FILE_NAME
from liveportrait.errors import WeightsError
from liveportrait.training.checkpointing import training_state_path


def any_says(fabric: Fabric, *, yes: bool) -> bool:
    """Whether any process says so: all must end, and save, after the same step."""
    return yes if fabric.world_size == 1 else any(_of_all(fabric, int(yes)))


def has_training_state(fabric: Fabric, folder: Path) -> bool:
    """Whether every process finds its state in `folder`, or none does.

    Raises:
        WeightsError: in every process, when some would go on and some would begin, or when
            the state is of more processes than there are.
    """
    found = _of_all(fabric, int(training_state_path(folder, rank=fabric.global_rank).is_file()))
    left_over = _of_all(fabric, int(training_state_path(folder, rank=fabric.world_size).is_file()))
    if any(found) and (any(left_over) or not all(found)):
        counted = f"more than {len(found)}" if all(found) else f"only {sum(found)} of {len(found)}"
        raise WeightsError(
            f"{folder} holds the state of {counted} processes: go on with as many as wrote it, each with the "
            f"disk that it had. {_anew(folder)}"
        )
    return all(found)


def check_same_step(fabric: Fabric, step: int, folder: Path) -> None:
    """Refuse to go on from states that were written at different steps."""
    steps = _of_all(fabric, step)
    if len(set(steps)) > 1:
        raise WeightsError(
            f"{folder}: the processes' states are of the steps {', '.join(map(str, steps))}, as the run was "
            f"killed while it saved them. {_anew(folder)}"
        )


def _of_all(fabric: Fabric, value: int) -> list[int]:
    """Every process's number, the same list in all of them."""
    gathered = fabric.all_gather(torch.tensor(value, device=fabric.device))
    assert isinstance(gathered, Tensor)
    return [int(number) for number in gathered.flatten()]


def _anew(folder: Path) -> str:
    return f"Or begin anew from its weights: --start-from {folder / FILE_NAME} with another --out"
