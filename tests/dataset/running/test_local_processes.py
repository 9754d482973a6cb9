"""Workers of this machine: whoever was started is waited for."""

from pathlib import Path
from typing import Any

import pytest

from liveportrait.dataset.running.executors import local
from liveportrait.dataset.running.executors.local import LocalProcesses
from liveportrait.dataset.running.shard_worker import Job
from liveportrait.dataset.running.sharding import WorkerPlace
from tests.dataset.running.fakes import RECIPE, TWO_WORKERS
from tests.dataset.running.runs import NEVER


def test_a_worker_that_cannot_be_started_ends_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[tuple[int, bool]] = []

    class Seat:
        def __init__(self, _context: object, _job: Job, place: WorkerPlace, asked: Any) -> None:
            if place.rank == 1:
                raise OSError("no more processes")
            self.rank, self.asked = place.rank, asked

        def leave(self) -> None:
            left.append((self.rank, self.asked.value))

    monkeypatch.setattr(local, "_Seat", Seat)
    job = Job(root=tmp_path, recipe=RECIPE, execution=TWO_WORKERS)
    with pytest.raises(OSError, match="no more processes"):
        LocalProcesses().run(job, NEVER, progress=lambda done, total: None)
    assert left == [(0, True)]
