"""The state of a training run on disk, so that a stopped run goes on with the same numbers.

One file holds the states of named parts: networks, optimisers, average, sampler, random
numbers. It is read without unpickling anything but tensors and plain values, and is
replaced in one move: a run that dies while writing leaves the last state whole. Of several
processes each keeps a file of its own, as sampler and random numbers differ.
"""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch

from liveportrait.errors import WeightsError
from liveportrait.media.pending_file import make_folder, write_error

logger = logging.getLogger(__name__)

FORMAT_VERSION = 1

State: TypeAlias = Any
"""Tensors and plain values in dicts and lists: what torch's parts hand out and take back."""


@runtime_checkable
class Stateful(Protocol):
    """Anything that can be stopped and go on: modules, optimisers, schedulers, samplers."""

    def state_dict(self) -> State: ...

    def load_state_dict(self, state_dict: State, /) -> object: ...


class RandomState:
    """Torch's global random numbers on all devices; NumPy's generators belong to those who draw from them."""

    def state_dict(self) -> State:
        """What the next draws will follow from."""
        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        return {"cpu": torch.get_rng_state(), "cuda": cuda}

    def load_state_dict(self, state: State, /) -> None:
        torch.set_rng_state(state["cpu"])
        if len(state["cuda"]) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(state["cuda"])
        else:
            logger.warning(
                "the state was written beside %d GPUs, here are %d: their random numbers begin anew, so the "
                "run goes on well and not to the same numbers",
                len(state["cuda"]),
                torch.cuda.device_count(),
            )


def training_state_path(folder: Path, *, rank: int = 0) -> Path:
    """Where a process keeps its state; rank 0 is the only one of a single process."""
    return folder / f"training-state-{rank}.pt"


def save_training_state(
    path: Path,
    parts: Mapping[str, Stateful],
    *,
    step: int,
    all_written: Callable[[], object] = lambda: None,
) -> None:
    """Write the state of all parts after `step` steps, in one move.

    `all_written` returns once all processes of the run have written theirs: only then are
    the last ones replaced, so that a run killed while it writes keeps states of one step.
    What it leaves has one name, and not a new one each time: these are gigabytes.
    """
    make_folder(path.parent)
    states = {name: part.state_dict() for name, part in parts.items()}
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            torch.save({"version": FORMAT_VERSION, "step": step, "parts": states}, file)
            file.flush()
            os.fsync(file.fileno())
        all_written()
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise write_error(path, error) from error


def load_training_state(path: Path, parts: Mapping[str, Stateful]) -> int:
    """Put every part back where it was, and return the number of steps done.

    Raises:
        WeightsError: when the file is missing, damaged, holds code, or is of another run.
    """
    stored = _read(path)
    if stored["parts"].keys() != parts.keys():
        raise WeightsError(
            f"{path} holds {sorted(stored['parts'])}, this run has {sorted(parts)}; "
            "resume with the recipe that wrote it, or start from its weights alone"
        )
    for name, part in parts.items():
        try:
            part.load_state_dict(stored["parts"][name])
        except (RuntimeError, ValueError, KeyError) as error:
            raise WeightsError(
                f"{path}: `{name}` does not fit this run ({error}); resume with the recipe that wrote it"
            ) from error
    return stored["step"]


def _read(path: Path) -> State:
    if not path.is_file():
        raise WeightsError(f"no training state at {path}; start a new run, or name the folder of one")
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is damaged or is no training state: {error}") from error
    if not isinstance(stored, dict) or stored.keys() != {"version", "step", "parts"}:
        raise WeightsError(f"{path} is no training state; name a file that training wrote")
    if stored["version"] != FORMAT_VERSION:
        raise WeightsError(
            f"{path}: expected version {FORMAT_VERSION}, found {stored['version']}; "
            "resume with the release that wrote it"
        )
    return stored
