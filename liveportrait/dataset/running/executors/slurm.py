"""In a Slurm array: the script that runs one worker in each of its tasks."""

import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from liveportrait.dataset.errors import DatasetError
from liveportrait.errors import SettingError


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmSettings:
    """What Slurm is asked for."""

    time_limit: str = "08:00:00"
    """Of each task; one that reaches it finishes its item and goes back into the queue."""
    partition: str | None = None
    account: str | None = None
    cpus_per_worker: int = 4
    """Cores of each task where --num-threads does not say; on these machines, not on the one that asks."""
    gpus_per_worker: int = 0
    notice_seconds: int = 120
    """How long before the limit a task is told; longer than one identity takes."""
    max_array_size: int = 1000
    """What the cluster allows, see `scontrol show config`."""


def slurm_script(
    settings: SlurmSettings,
    worker_command: Sequence[str],
    *,
    num_workers: int,
    num_threads: int | None,
    log_folder: Path,
    requeue_code: int,
) -> str:
    """A script for `sbatch`.

    Args:
        worker_command: Finds its place by Slurm's variables.
        num_threads: Of each worker; None takes the settings' cores.
        requeue_code: The exit code of a worker that was stopped and can go on.
    """
    if num_workers > settings.max_array_size:
        raise SettingError(
            f"{num_workers} workers do not fit into an array of {settings.max_array_size}; ask for fewer: "
            "each takes its share of the shards, however many there are."
        )
    asked = {
        "job-name": "liveportrait-dataset",
        "array": f"0-{num_workers - 1}",
        "cpus-per-task": str(num_threads or settings.cpus_per_worker),
        "gpus-per-task": str(settings.gpus_per_worker) if settings.gpus_per_worker else None,
        "time": settings.time_limit,
        "partition": settings.partition,
        "account": settings.account,
        "signal": f"B:TERM@{settings.notice_seconds}",
        "output": str(log_folder / "slurm-%A_%a.log"),
    }
    for name, value in asked.items():
        if value is not None and any(sign.isspace() for sign in value):
            raise SettingError(f"Slurm's {name} may hold no blanks; got {value!r}.")
    options = [f"#SBATCH --{name}={value}" for name, value in asked.items() if value is not None]
    return "\n".join(["#!/bin/bash", *options, "#SBATCH --requeue", *_body(worker_command, requeue_code), ""])


def submit(script: str) -> str:
    """Hand a script to Slurm; what `sbatch` says.

    Raises:
        DatasetError: when there is no Slurm here, or it refuses.
    """
    try:
        done = subprocess.run(
            ["sbatch"],  # noqa: S607 (whichever Slurm there is)
            input=script,
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise DatasetError("There is no sbatch here; print the script and submit it elsewhere.") from error
    except subprocess.CalledProcessError as error:
        raise DatasetError(f"sbatch refused the job: {error.stderr.strip()}") from error
    return done.stdout.strip()


def _body(worker_command: Sequence[str], requeue_code: int) -> list[str]:
    """Bash hears the signal, passes it on and waits for the end; `wait` returns early when it does."""
    return [
        f"{shlex.join(worker_command)} &",
        "worker=$!",
        "trap 'kill -TERM \"$worker\"' TERM",
        'wait "$worker"',
        "code=$?",
        'while kill -0 "$worker" 2>/dev/null; do',
        '  wait "$worker"',
        "  code=$?",
        "done",
        f'if [ "$code" -eq {requeue_code} ]; then',
        '  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"',
        "fi",
        'exit "$code"',
    ]
