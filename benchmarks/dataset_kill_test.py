"""Kill a run of a dataset at random points, resume it, and compare with one that nobody disturbed.

    python benchmarks/dataset_kill_test.py --output benchmarks/results/dataset_kill_test.json

Every image is small and drawn by a fake, so that there are some hundred of them and the killing falls
everywhere: within images, ledgers, marks, tar files and tables. With more than one worker all of them
are killed at once, with the process that began them. `--model mini` does the same with real animations.
The runs are forked from here, so that most of the time is theirs and not that of loading libraries.
"""

import argparse
import json
import logging
import multiprocessing as mp
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))

from liveportrait.dataset.demonstration.demo import PORTRAITS
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.measuring.faces import FaceMeasuringConfig
from liveportrait.dataset.running.config import Execution, PictureSettings, Recipe
from liveportrait.dataset.running.executors.local import InThisProcess, LocalProcesses
from liveportrait.dataset.running.verification import verify
from liveportrait.dataset.running.whole import run_dataset
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import check_file
from liveportrait.stopping import StopRequest
from tests.dataset.running.fakes import RECIPE, FakeLiveConfig
from tests.dataset.running.plans import plan_of_files, plan_of_prompts
from tests.dataset.running.runs import bytes_of_results

Act: TypeAlias = Callable[[Path, argparse.Namespace], None]


def main() -> None:
    """One run in peace, one under fire."""
    arguments = _parsed()
    if arguments.output is not None:
        check_file(arguments.output)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as scratch:
        result = compare(Path(scratch), arguments)
    if arguments.output is not None:
        before = json.loads(arguments.output.read_text()) if arguments.output.exists() else []
        arguments.output.write_text(json.dumps([*before, result], indent=1) + "\n")
    print(json.dumps(result, indent=1))
    sys.exit(0 if result["same"] else 1)


def compare(scratch: Path, arguments: argparse.Namespace) -> dict[str, object]:
    """The facts for the report."""
    peace, fire = DatasetFolder(scratch / "peace"), DatasetFolder(scratch / "fire")
    for folder in (peace, fire):
        assert _forked(_plan, folder.root, arguments) == 0
    began = time.monotonic()
    assert _forked(work, peace.root, arguments) == 0
    seconds = time.monotonic() - began
    kills = _under_fire(fire, arguments)
    left, right = bytes_of_results(peace), bytes_of_results(fire)
    rows = [record.planned.image_id for record in read_rows(fire.images, ImageRecord)]
    checked = verify(fire, shard_identities=recipe_of(arguments).shard_identities)
    parts = list(fire.root.rglob(".liveportrait-*.part"))
    return {
        "what": "a run killed with SIGKILL at random points and resumed, against an undisturbed one",
        "model": arguments.model,
        "storage": arguments.storage,
        "num_workers": arguments.workers,
        "num_images": len(rows),
        "num_kills": sum(kills.values()),
        "killed_in": dict(kills),
        "seconds_undisturbed": round(seconds, 1),
        "same": left == right and len(set(rows)) == len(rows) and not checked.reopened,
        "num_files_compared": len(left),
        "num_files_that_differ": len(set(left.items()) ^ set(right.items())),
        "num_rows_twice": len(rows) - len(set(rows)),
        "num_reopened_by_verify": len(checked.reopened),
        "num_leftover_part_files": len(parts),
        "status": dict(Counter(record.status for record in read_rows(fire.images, ImageRecord))),
        "machine": asdict(this_machine()),
    }


def _under_fire(folder: DatasetFolder, arguments: argparse.Namespace) -> Counter[str]:
    """Kill as often as asked, each time after a few more images; then let it end."""
    numbers = random.Random(arguments.seed)  # noqa: S311 (nothing is secret)
    kills: Counter[str] = Counter()
    while sum(kills.values()) < arguments.kills and not folder.dataset_facts.exists():
        run = _fork(work, folder.root, arguments)
        goal = _num_done(folder) + numbers.randint(0, arguments.most_images_between)
        while run.is_alive() and _num_done(folder) < goal:
            time.sleep(0.002)
        time.sleep(numbers.uniform(0, arguments.most_seconds_after))
        if run.is_alive():
            os.killpg(run.pid or 0, signal.SIGKILL)
            kills[_stage(folder)] += 1
        run.join()
    assert _forked(work, folder.root, arguments) == 0
    return kills


def work(root: Path, arguments: argparse.Namespace) -> None:
    """What the killed process does."""
    execution = Execution(num_workers=arguments.workers, num_threads=1, max_failure_rate=1.0)
    executor = InThisProcess() if arguments.workers == 1 else LocalProcesses()
    with StopRequest() as stop:
        summary = run_dataset(DatasetFolder(root), recipe_of(arguments), execution, executor, stop)
    if not summary.is_complete:
        sys.exit(75)


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Fakes that fail now and then, or real animations."""
    pictures = PictureSettings(storage=arguments.storage)
    if arguments.model != "fake":
        live = (AnimationConfig(model=arguments.model),)
        return Recipe(live=live, measuring=FaceMeasuringConfig(), pictures=pictures, shard_identities=2)
    live = (FakeLiveConfig(failure_rate=0.2, seconds=0.01),)
    return replace(RECIPE, live=live, pictures=pictures, shard_identities=8)


def _plan(root: Path, arguments: argparse.Namespace) -> None:
    if arguments.model == "fake":
        plan_of_prompts(root, num_identities=arguments.identities, num_slots=4)
        return
    plan_of_files(root, PORTRAITS, num_slots=arguments.identities)


def _forked(act: Act, root: Path, arguments: argparse.Namespace) -> int | None:
    """Its exit code."""
    process = _fork(act, root, arguments)
    process.join()
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


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, help="a list of results, which this one is added to")
    parser.add_argument("--scratch", type=Path, help="where the runs are made; a RAM disk spares the disk")
    parser.add_argument("--model", default="fake", help="fake, mini, or a folder of weights")
    parser.add_argument("--storage", choices=("folders", "tar"), default="tar")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--identities",
        type=int,
        default=80,
        help="or, with a model, live images of each person",
    )
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--most-images-between", type=int, default=30)
    parser.add_argument("--most-seconds-after", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
