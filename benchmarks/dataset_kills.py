"""Where a run of a dataset is killed, and whom it hits; see `dataset_kill_test`."""

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.running import collecting, packing, shard_worker
from liveportrait.dataset.running.ledger import Ledger
from liveportrait.media.pending_file import PendingFile

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
    "files": (Mine(PendingFile, "commit", 40),),
    "ledgers": (Mine(Ledger, "_write", 15),),
    "packing": (
        Mine(packing, "_append", 60),
        Mine(packing, "_write", 2),
        Mine(packing, "_moved", 60),
        Mine(packing, "_remove_single_file", 60),
    ),
    "marks": (Mine(shard_worker, "mark", 1),),
    "tables": (
        Mine(collecting, "_note", 400),
        Mine(collecting, "write_rows", 2),
        Mine(collecting, "_save_vectors", 0),
        Mine(collecting, "_write_facts", 0),
    ),
}


def die_at(aim: str, numbers: random.Random) -> None:
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


def workers_of(folder: DatasetFolder, *, named: str) -> list[int]:
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


def left_unfinished(folder: DatasetFolder) -> Counter[str]:
    """What the kill caught half-written."""
    kinds = {"images": "an image", "shards": "a tar file", "completions": "a mark", "embeddings": "vectors"}
    parts = [path.relative_to(folder.root).parts for path in folder.root.rglob(".liveportrait-*.part")]
    caught = Counter(kinds.get(part[0], "a table") for part in parts)
    contents = [path.read_bytes() for path in (folder.root / "ledger").rglob("*.jsonl")]
    caught["a ledger's line"] = sum(content[-1:] not in (b"", b"\n") for content in contents)
    return +caught
