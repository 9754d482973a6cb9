"""A dataset of a folder of stills: what failed and why, asked against measured, likeness, speed, scaling.

    python benchmarks/dataset.py STILLS --output benchmarks/results/dataset.json

The same plan is run by one process and by two, each with one thread. The rate of live images leaves out
the loading of models: it counts from where a tenth of them is made to the last. Core seconds are those of
the processes with everything that they did, loading too.
"""

import argparse
import json
import logging
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from liveportrait.dataset.biometrics.control_agreement import control_agreements
from liveportrait.dataset.demonstration.sheet import people_sheet
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.people import read_people
from liveportrait.dataset.planning.config import DocumentSource, LiveConfig, PlanConfig
from liveportrait.dataset.planning.plan import make_plan
from liveportrait.dataset.planning.presets import PresetName
from liveportrait.dataset.running.config import Execution, Recipe
from liveportrait.dataset.running.executors.local import LocalProcesses
from liveportrait.dataset.running.whole import RunSummary, run_dataset
from liveportrait.dataset.schema.failures import FailureRow
from liveportrait.dataset.schema.images import ImageRecord
from liveportrait.dataset.schema.tables import read_rows
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import check_file
from liveportrait.media.picture_files import save_picture
from liveportrait.stopping import StopRequest

PRESETS: tuple[PresetName, ...] = ("mild", "poses", "expressions", "fluxsynid")


@dataclass(slots=True)
class Trace:
    """When images were finished."""

    began: float = field(default_factory=time.monotonic)
    seen: list[tuple[float, int]] = field(default_factory=list)

    def __call__(self, done: int, total: int | None) -> None:
        if done and (not self.seen or self.seen[-1][1] != done):
            self.seen.append((time.monotonic() - self.began, done))

    def images_a_second(self, *, after: int) -> float:
        """From that image to the last."""
        seen = [(when, done) for when, done in self.seen if done >= after]
        if len(seen) < 2:
            return float("nan")
        (first_time, first), (last_time, last) = seen[0], seen[-1]
        return (last - first) / (last_time - first_time)


def main() -> None:
    """Run, measure, write."""
    arguments = _parsed()
    for path in (arguments.output, arguments.sheet):
        if path is not None:
            check_file(path)
    logging.disable(logging.WARNING)
    machine = this_machine()
    work = Path(tempfile.mkdtemp(dir=arguments.scratch))
    runs = {}
    for num_workers in arguments.workers:
        runs[num_workers] = run(work / str(num_workers), num_workers, arguments)
    folder = DatasetFolder(work / str(arguments.workers[0]))
    result = {
        "what": "the default recipe (mini) over a folder of stills; processes of one thread each",
        "machine": machine.facts(),
        "warning": machine.warning,
        "num_stills": sum(path.is_file() for path in arguments.stills.rglob("*")),
        **figures(folder),
        "runs": runs,
        "same_images": len({pictures_of(work / str(num)) for num in arguments.workers}) == 1,
        "scaling": runs[max(runs)]["live_images_a_second"] / runs[min(runs)]["live_images_a_second"],
    }
    if arguments.sheet is not None:
        save_picture(people_sheet(folder, num_people=12), arguments.sheet)
    if not arguments.keep:
        shutil.rmtree(work)
    text = json.dumps(result, indent=1)
    if arguments.output is not None:
        arguments.output.write_text(text + "\n")
    print(text)


def run(root: Path, num_workers: int, arguments: argparse.Namespace) -> dict[str, object]:
    """One run of the plan; what it took."""
    folder, trace = DatasetFolder(root), Trace()
    config = PlanConfig(live=LiveConfig(num_animations=arguments.images, presets=PRESETS))
    make_plan(DocumentSource(folder=arguments.stills), folder, config=config)
    execution = Execution(num_workers=num_workers, num_threads=1, max_failure_rate=1.0)
    recipe = Recipe(shard_identities=arguments.shard_identities)
    before = _core_seconds()
    with StopRequest() as stop:
        summary: RunSummary = run_dataset(folder, recipe, execution, LocalProcesses(), stop, progress=trace)
    assert summary.collected is not None, summary
    core_seconds = _core_seconds() - before
    num_documents = summary.collected.num_identities
    after = num_documents + (summary.stages[-1].num_planned // 10)
    num_made = summary.collected.num_ok + summary.collected.num_rejected
    return {
        "num_workers": num_workers,
        "num_images": num_made,
        "seconds": round(time.monotonic() - trace.began, 1),
        "live_images_a_second": round(trace.images_a_second(after=after), 3),
        "core_seconds": round(core_seconds, 1),
        "images_a_core_second": round(num_made / core_seconds, 3),
    }


def figures(folder: DatasetFolder) -> dict[str, object]:
    """What the tables say."""
    failures = list(read_rows(folder.failures, FailureRow))
    records = list(read_rows(folder.images, ImageRecord))
    cosines = [r.face.identity_cosine for r in records if r.face and r.face.identity_cosine is not None]
    return {
        "num_identities": len({record.planned.identity_id for record in records}),
        "status": {
            role: dict(Counter(record.status for record in records if record.planned.role == role))
            for role in ("doc", "live")
        },
        "reasons": dict(Counter(record.reason for record in records if record.reason)),
        "failures": dict(Counter(f"{row.place.stage}: {row.error_class}" for row in failures)),
        "examples": {row.error_class: row.message[:160] for row in failures},
        "controls": [
            {
                "control": control.control,
                "measured": control.measured,
                "num": control.num,
                "slope": round(control.slope, 3),
                "correlation": round(control.correlation, 3),
            }
            for control in control_agreements(read_people(folder))
            if control.num
        ],
        "identity_cosine": quantiles(cosines),
        "identity_cosine_by_preset": {
            preset: quantiles(
                [
                    record.face.identity_cosine
                    for record in records
                    if record.planned.preset == preset and record.face and record.face.identity_cosine
                ]
            )
            for preset in PRESETS
        },
    }


def pictures_of(root: Path) -> tuple[tuple[str, str], ...]:
    """What a run made: the ids of its images and the hashes of their bytes."""
    records = read_rows(DatasetFolder(root).images, ImageRecord)
    return tuple((row.planned.image_id, row.stored.sha256) for row in records if row.stored)


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """Of a distribution."""
    if not len(values):
        return {}
    levels = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
    found = np.quantile(np.array(values), levels)
    named = {
        f"q{round(100 * level):02d}": round(float(value), 3)
        for level, value in zip(levels, found, strict=True)
    }
    return {"num": len(values), "mean": round(float(np.mean(values)), 3), **named}


def _core_seconds() -> float:
    """Of this process and of all that ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stills", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--scratch", type=Path, help="where the runs are made")
    parser.add_argument("--sheet", type=Path, help="a contact sheet; it shows the people of the stills")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--images", type=int, default=4, help="live images of each person")
    parser.add_argument("--shard-identities", type=int, default=8, help="small, so that workers end together")
    parser.add_argument("--keep", action="store_true", help="leave the runs where they are")
    return parser.parse_args()


if __name__ == "__main__":
    main()
