"""Run by test_agreement.py under torchrun: toy runs of two processes that stop, go on, and lose states.

Each process writes what it saw as JSON.
"""

import json
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from lightning_fabric import Fabric

from liveportrait.errors import WeightsError
from liveportrait.training.checkpointing import training_state_path
from liveportrait.training.distributed import DistributedConfig, joined_processes, seed_of_process
from liveportrait.training.loop import LoopConfig, train
from tests.training.toy_runs import ToyLearner, toy_run

EVERY = LoopConfig(log_every_steps=4)


def whole(folder: Path, fabric: Fabric) -> float:
    return _trained(folder, fabric, ToyLearner(), steps=12)[1]


def stopped_and_resumed(folder: Path, fabric: Fabric) -> tuple[int, float]:
    """Only the second process is told to stop: both do, after the same step."""

    def stop_at_six(step: int) -> None:
        if step == 5 and fabric.global_rank == 1:
            os.kill(os.getpid(), signal.SIGTERM)

    stopped_at, _ = _trained(folder, fabric, ToyLearner(stop_at_six), steps=6)
    return stopped_at, _trained(folder, fabric, ToyLearner(), steps=12)[1]


def naps_while_one_is_paused(folder: Path, fabric: Fabric) -> int:
    """Each process looks for a file of its own, and only the second finds one, until it has slept thrice."""
    pause, naps = folder / f"PAUSE-{fabric.global_rank}", []
    if fabric.global_rank == 1:
        folder.mkdir(parents=True, exist_ok=True)
        pause.touch()

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            pause.unlink(missing_ok=True)

    with patch("liveportrait.training.stopping.time", SimpleNamespace(sleep=sleep)):
        train(toy_run(folder, ToyLearner(), num_steps=2, fabric=fabric), LoopConfig(pause_file=pause))
    return len(naps)


def without_a_state(folder: Path, fabric: Fabric) -> str:
    """As with more processes than wrote them."""
    if fabric.global_rank == 1:
        training_state_path(folder, rank=1).unlink()
    return _refusal(folder, fabric)


def with_an_older_state(folder: Path, older: Path, fabric: Fabric) -> str:
    """As after a kill while the states were replaced."""
    if fabric.global_rank == 1:
        training_state_path(folder, rank=1).write_bytes(training_state_path(older, rank=1).read_bytes())
    return _refusal(folder, fabric)


def _trained(folder: Path, fabric: Fabric, learner: ToyLearner, *, steps: int) -> tuple[int, float]:
    seed = seed_of_process(0, rank=fabric.global_rank)
    outcome = train(toy_run(folder, learner, seed=seed, fabric=fabric), EVERY)
    assert outcome.step == steps
    return outcome.step, learner.module.bias.item()


def _refusal(folder: Path, fabric: Fabric) -> str:
    fabric.barrier()
    try:
        train(toy_run(folder, ToyLearner(), fabric=fabric), EVERY)
    except WeightsError as fault:
        return str(fault)
    return "went on"


def main(out: Path) -> None:
    with joined_processes(DistributedConfig(accelerator="cpu", num_devices=2, strategy="ddp")) as fabric:
        seen = observed(out, fabric)
        (out / f"{fabric.global_rank}.json").write_text(json.dumps(seen))


def observed(out: Path, fabric: Fabric) -> dict[str, float | str]:
    seen: dict[str, float | str] = {"whole": whole(out / "whole", fabric)}
    stopped_at, resumed = stopped_and_resumed(out / "parts", fabric)
    half = out / "half"
    train(toy_run(half, ToyLearner(), num_steps=6, fabric=fabric), EVERY)
    seen |= {
        "stopped at": stopped_at,
        "resumed": resumed,
        "naps": naps_while_one_is_paused(out / "paused", fabric),
        "older": with_an_older_state(out / "parts", half, fabric),
        "missing": without_a_state(out / "whole", fabric),
    }
    return seen


if __name__ == "__main__":
    main(Path(sys.argv[1]))
