"""A run of a dataset under fire: where it is killed, and whom it hits; see `dataset_kill_test`."""

import argparse
import multiprocessing as mp
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, TypeAlias

from liveportrait.cli.exit_codes import RESUMABLE
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running import collecting, packing, shard_worker
from liveportrait.dataset.running.ledger import Ledger
from liveportrait.media.pending_file import PendingFile

Act: TypeAlias = Callable[[Path, argparse.Namespace], None]
WORKERS_ARE_CALLED = {"local": "spawn_main", "ray": "ray::ShardActor"}
ANYWHERE = "anywhere"
"""By the clock, from outside."""


@dataclass(frozen=True, slots=True)
class Mine:
    """A call within which a run kills itself."""

    owner: Any
    name: str
    most_before: int
    """So many of these calls go well at most."""


AIMS: Mapping[str, tuple[Mine, ...]] = {
    "files": (Mine(PendingFile, "commit", 35),),
    "ledgers": (Mine(Ledger, "_write", 12),),
    "packing": (
        Mine(packing, "_append", 35),
        Mine(packing, "_write", 1),
        Mine(packing, "_moved", 35),
        Mine(packing, "_remove_single_file", 35),
    ),
    "marks": (Mine(shard_worker, "mark", 1),),
    "tables": (
        Mine(collecting, "_note", 400),
        Mine(collecting, "write_rows", 2),
        Mine(collecting, "_save_vectors", 0),
        Mine(collecting, "_write_facts", 0),
    ),
}


def under_fire(
    work: Act, folder: DatasetFolder, arguments: argparse.Namespace
) -> tuple[Counter[str], Counter[str]]:
    """Kill as often as asked; then let it end. In which stages that was, and what was half-written then."""
    numbers = random.Random(arguments.seed)  # noqa: S311 (nothing is secret)
    kills, caught, known = Counter[str](), Counter[str](), set[Path]()
    # Tables are written anew by every run, all else once.
    while kills.total() < arguments.kills and (
        arguments.aim == "tables" or not folder.dataset_facts.exists()
    ):
        with closing(_kills_of_a_run(work, folder, arguments, numbers)) as hits:
            for _ in islice(hits, arguments.kills - kills.total()):
                kills[_stage(folder)] += 1
                caught += _left_unfinished(folder, known)
    while (code := forked(work, folder.root, arguments)) == RESUMABLE:
        pass
    assert code == 0
    return kills, caught


def _kills_of_a_run(
    work: Act, folder: DatasetFolder, arguments: argparse.Namespace, numbers: random.Random
) -> Generator[int]:
    """One run, which goes on where the last one was killed; gives the kills, as they come."""
    if arguments.aim != ANYWHERE:
        code = forked(_mined(work, arguments.aim, numbers.randrange(2**32)), folder.root, arguments)
        assert code in (0, -signal.SIGKILL), code
        if code:
            yield 1
        return
    run = _fork(work, folder.root, arguments)
    try:
        while run.is_alive():
            _wait(run, folder, arguments, numbers)
            if arguments.victim == "worker":
                for pid in _workers_of(folder, named=WORKERS_ARE_CALLED[arguments.executor])[:1]:
                    os.kill(pid, signal.SIGKILL)
                    yield 1
            elif run.is_alive():
                os.killpg(run.pid or 0, signal.SIGKILL)
                run.join()
                yield 1
    finally:
        run.join()
    # A cluster that lost too many workers gives up.
    assert run.exitcode in (0, RESUMABLE, -signal.SIGKILL) or arguments.executor == "ray", run.exitcode


def _wait(
    run: ForkProcess, folder: DatasetFolder, arguments: argparse.Namespace, numbers: random.Random
) -> None:
    """Until a few more images are made, and a little longer."""
    goal = _num_done(folder) + numbers.randint(0, arguments.most_images_between)
    while run.is_alive() and _num_done(folder) < goal:
        time.sleep(0.002)
    time.sleep(numbers.uniform(0, arguments.most_seconds_after))


def _mined(work: Act, aim: str, seed: int) -> Act:
    """A run that kills itself."""

    def act(root: Path, arguments: argparse.Namespace) -> None:
        _die_at(aim, random.Random(seed))  # noqa: S311
        work(root, arguments)

    return act


def _die_at(aim: str, numbers: random.Random) -> None:
    """Kill this process, and those that it began, before, after or in the middle of one of the calls."""
    mine = numbers.choice(AIMS[aim])
    call, left = getattr(mine.owner, mine.name), numbers.randint(0, mine.most_before)

    def called(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            _part_of(call, arguments, options, numbers)
            os.killpg(0, signal.SIGKILL)
        return call(*arguments, **options)

    setattr(mine.owner, mine.name, called)


def _part_of(call: Callable[..., Any], arguments: Any, options: Any, numbers: random.Random) -> None:
    """Nothing of the call, or all of it; of a ledger's lines some bytes."""
    if call.__qualname__ == "Ledger._write":
        ledger, content = arguments
        ledger._file.write(content[: numbers.randint(0, len(content))])
    elif numbers.random() < 0.5:
        call(*arguments, **options)


def _workers_of(folder: DatasetFolder, *, named: str) -> list[int]:
    """The processes that are called so and have a ledger of the dataset open; on Linux."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if named not in (place / "cmdline").read_text(errors="replace"):
                continue
            held = [str(entry.readlink()) for entry in (place / "fd").iterdir()]
        except OSError:  # it has ended
            continue
        if any(name.startswith(str(folder.root)) and name.endswith(".jsonl") for name in held):
            found.append(int(place.name))
    return found


def _left_unfinished(folder: DatasetFolder, known: set[Path]) -> Counter[str]:
    """What the last kill caught half-written; `known` is what earlier ones left, and grows."""
    kinds = {"images": "an image", "shards": "a tar file", "completions": "a mark", "embeddings": "vectors"}
    parts = set(folder.root.rglob(".liveportrait-*.part")) - known
    known |= parts
    caught = Counter(kinds.get(path.relative_to(folder.root).parts[0], "a table") for path in parts)
    contents = [path.read_bytes() for path in (folder.root / "ledger").rglob("*.jsonl")]
    caught["a ledger's line"] = sum(content[-1:] not in (b"", b"\n") for content in contents)
    return +caught


def forked(act: Act, root: Path, arguments: argparse.Namespace) -> int:
    """Its exit code; below 0 the signal that killed it."""
    process = _fork(act, root, arguments)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _fork(act: Act, root: Path, arguments: argparse.Namespace) -> ForkProcess:
    """In a process group of its own, so that its workers are killed with it."""
    process = mp.get_context("fork").Process(target=_alone, args=(act, root, arguments))
    process.start()
    return process


def _alone(act: Act, root: Path, arguments: argparse.Namespace) -> None:
    os.setsid()
    act(root, arguments)


def _num_done(folder: DatasetFolder) -> int:
    return sum(path.read_bytes().count(b"\n") for path in (folder.root / "ledger").rglob("*.jsonl"))


def _stage(folder: DatasetFolder) -> str:
    """Where the run was when it was killed: the last stage that has a ledger."""
    if folder.images.exists():
        return "tables"
    if any((folder.root / "ledger" / "e").glob("*.jsonl")):
        return "live images"
    return "documents" if any((folder.root / "ledger").rglob("*.jsonl")) else "start"
