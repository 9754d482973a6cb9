"""Here: in this process, or in several processes of this machine."""

import logging
import multiprocessing as mp
import os
import platform
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ctypes import c_bool, c_longlong
from dataclasses import dataclass, replace
from multiprocessing.context import SpawnContext
from typing import Any

import torch

from liveportrait.dataset.errors import DatasetError
from liveportrait.dataset.running.resources import card_of, names_a_card, threads_beside
from liveportrait.dataset.running.shard_worker import Job
from liveportrait.dataset.running.sharding import WorkerPlace
from liveportrait.dataset.running.worker import WorkerOutcome, run_worker
from liveportrait.errors import LivePortraitError
from liveportrait.media.progress import Progress
from liveportrait.stopping import StopSignal

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Read by libraries when they are loaded, so before the process begins."""
CARD_VARIABLE = "CUDA_VISIBLE_DEVICES"
"""Of all libraries that use cards; a worker sees its own alone, as card 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InThisProcess:
    """An `Executor` of one worker, in the place that `place` says, or alone."""

    place: WorkerPlace = WorkerPlace(rank=0, num_workers=1)

    def run(self, job: Job, stop: StopSignal, *, progress: Progress) -> list[WorkerOutcome]:
        done = 0

        def count(num_images: int) -> None:
            nonlocal done
            done += num_images
            progress(done, None)

        return [run_worker(job, self.place, stop, name=worker_name(self.place), on_images=count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProcesses:
    """An `Executor` of `Execution.num_workers` processes; those that are killed are replaced a few times."""

    most_replacements: int = 3
    """For each worker."""

    def run(self, job: Job, stop: StopSignal, *, progress: Progress) -> list[WorkerOutcome]:
        context = mp.get_context("spawn")
        job = replace(job, execution=replace(job.execution, num_threads=threads_beside(job.execution)))
        places = [
            WorkerPlace(rank=rank, num_workers=job.execution.num_workers)
            for rank in range(job.execution.num_workers)
        ]
        asked = context.RawValue(c_bool, False)
        seats: list[_Seat] = []
        try:
            for place in places:
                seats.append(_Seat(context, job, place, asked))  # noqa: PERF401 (who began is left below)
            while taken := [seat for seat in seats if seat.is_taken(self.most_replacements)]:
                asked.value = asked.value or stop.is_set
                progress(sum(seat.num_images for seat in seats), None)
                taken[0].wait(POLL_SECONDS)
        finally:
            asked.value = True
            for seat in seats:
                seat.leave()
        return [seat.outcome for seat in seats]


class _Seat:
    """One worker's place, and the process in it.

    What they share has no locks: a process that is killed would leave them closed for the others.
    """

    def __init__(self, context: SpawnContext, job: Job, place: WorkerPlace, asked: Any) -> None:
        self._context, self._job, self._place, self._asked = context, job, place, asked
        self._count = context.RawValue(c_longlong, 0)
        self._num_replaced = 0
        self.outcome = WorkerOutcome(end="lost")
        self._sit()

    @property
    def num_images(self) -> int:
        """Finished so far, by whoever sat here."""
        return self._count.value

    def is_taken(self, most_replacements: int) -> bool:
        """Whether somebody is at work; whoever was killed is replaced.

        Raises:
            DatasetError: with what the worker said when it gave up.
        """
        is_alive = self._process.is_alive()  # asked first: what it said before its end is then there
        if self._results.poll():
            return self._hear(most_replacements)
        return is_alive or self._replaced(most_replacements)

    def wait(self, seconds: float) -> None:
        """Until something is said, or for so long."""
        self._results.poll(seconds)

    def leave(self) -> None:
        """Wait for the end of the item at hand."""
        self._process.join()

    def _sit(self) -> None:
        self._results, theirs = self._context.Pipe(duplex=False)
        arguments = (self._job, self._place, self._asked, self._count, theirs)
        self._process = self._context.Process(target=_work, args=arguments, daemon=True)
        with _in_environment(_variables(self._job, self._place.rank)):
            self._process.start()
        theirs.close()

    def _hear(self, most_replacements: int) -> bool:
        try:
            said = self._results.recv()
        except (EOFError, OSError):  # killed before it said anything
            self._process.join()
            return self._replaced(most_replacements)
        if isinstance(said, str):
            raise DatasetError(said)
        self.outcome = said
        self._process.join()
        return False

    def _replaced(self, most_replacements: int) -> bool:
        if self.outcome.end != "lost" or self._asked.value or self._num_replaced == most_replacements:
            return False
        self._num_replaced += 1
        logger.warning("worker %d ended (code %s) and is replaced", self._place.rank, self._process.exitcode)
        self._sit()
        return True


@dataclass(frozen=True, slots=True)
class _Asked:
    """A `StopSignal`: by the process that began this one, or because that is gone."""

    flag: Any

    @property
    def is_set(self) -> bool:
        parent = mp.parent_process()
        return self.flag.value or (parent is not None and not parent.is_alive())


def _work(job: Job, place: WorkerPlace, asked: Any, count: Any, results: Any) -> None:
    """In the new process. Ctrl-C reaches it too, and is left to the process that began it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: setattr(asked, "value", True))

    def add(num_images: int) -> None:
        count.value += num_images

    try:
        results.send(run_worker(job, place, _Asked(asked), name=worker_name(place), on_images=add))
    except LivePortraitError as error:
        asked.value = True
        results.send(str(error))


def worker_name(place: WorkerPlace) -> str:
    """As failures name it."""
    return f"{platform.node() or 'here'}:{place.rank}"


def _variables(job: Job, rank: int) -> dict[str, str]:
    """How many threads a worker has, and which card where there are several."""
    variables = {name: str(threads_beside(job.execution)) for name in THREAD_VARIABLES}
    visible = os.environ.get(CARD_VARIABLE)
    card = card_of(rank, visible=visible, num_cards=torch.cuda.device_count())
    if card is not None and not names_a_card(job.recipe):
        variables[CARD_VARIABLE] = card
    return variables


@contextmanager
def _in_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Processes that begin meanwhile find these."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
