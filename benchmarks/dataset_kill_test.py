"""Kill a run of a dataset at random points, resume it, and compare with one that nobody disturbed.

    python benchmarks/dataset_kill_test.py --output benchmarks/results/dataset_kill_test.json

Every image is small and drawn by a fake, so that there are some hundred of them. By the clock most kills
fall between writing one thing and the next; `--aim` puts them into files, ledgers, tar files, marks or
tables. With several workers all are killed at once, with the process that began them, or one alone
(`--victim worker`), which the run has to replace; `--executor ray` has them on a cluster of this machine.
`--model mini` makes real animations. The runs are forked from here, so that most of the time is theirs
and not that of loading libraries.
"""

import argparse
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.dataset_kills import AIMS, ANYWHERE, forked, under_fire
from liveportrait.cli.exit_codes import RESUMABLE
from liveportrait.dataset.demonstration.demo import PORTRAITS
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.measuring.faces import FaceMeasuringConfig
from liveportrait.dataset.running.config import Execution, PictureSettings, Recipe
from liveportrait.dataset.running.executors.local import InThisProcess, LocalProcesses
from liveportrait.dataset.running.executors.protocol import Executor
from liveportrait.dataset.running.executors.ray_cluster import RayCluster
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
        assert forked(_plan, folder.root, arguments) == 0
    began = time.monotonic()
    assert forked(work, peace.root, arguments) == 0
    seconds = time.monotonic() - began
    kills, caught = under_fire(work, fire, arguments)
    left, right = bytes_of_results(peace), bytes_of_results(fire)
    rows = [record.planned.image_id for record in read_rows(fire.images, ImageRecord)]
    checked = verify(fire, shard_identities=recipe_of(arguments).shard_identities)
    parts = list(fire.root.rglob(".liveportrait-*.part"))
    return {
        "what": "a run killed with SIGKILL at random points and resumed, against an undisturbed one",
        "model": arguments.model,
        "storage": arguments.storage,
        "num_workers": arguments.workers,
        "executor": arguments.executor,
        "aim": arguments.aim,
        "victim": arguments.victim,
        "num_images": len(rows),
        "num_kills": sum(kills.values()),
        "killed_in": dict(kills),
        "half_written_then": dict(caught),
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


def work(root: Path, arguments: argparse.Namespace) -> None:
    """What the killed process does."""
    execution = Execution(num_workers=arguments.workers, num_threads=1, max_failure_rate=1.0)
    with StopRequest() as stop:
        summary = run_dataset(
            DatasetFolder(root), recipe_of(arguments), execution, _executor(arguments), stop
        )
    if not summary.is_complete:
        sys.exit(RESUMABLE)


def _executor(arguments: argparse.Namespace) -> Executor:
    if arguments.executor == "ray":
        return RayCluster()
    return InThisProcess() if arguments.workers == 1 else LocalProcesses()


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


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, help="a list of results, which this one is added to")
    parser.add_argument("--scratch", type=Path, help="where the runs are made; a RAM disk spares the disk")
    parser.add_argument("--model", default="fake", help="fake, mini, or a folder of weights")
    parser.add_argument("--storage", choices=("folders", "tar"), default="tar")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--executor", choices=("local", "ray"), default="local")
    parser.add_argument("--aim", choices=(ANYWHERE, *AIMS), default=ANYWHERE)
    parser.add_argument("--victim", choices=("run", "worker"), default="run")
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
    arguments = parser.parse_args()
    if arguments.aim != ANYWHERE and (arguments.workers > 1 or arguments.executor != "local"):
        parser.error("--aim is for one worker; those that a run begins know nothing of it")
    if arguments.victim == "worker" and arguments.workers == 1:
        parser.error("--victim worker is for several workers")
    return arguments


if __name__ == "__main__":
    main()
