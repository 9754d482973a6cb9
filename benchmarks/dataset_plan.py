"""Plan a large dataset: core time, memory, and whether it depends on who plans it.

    python benchmarks/dataset_plan.py --output benchmarks/results/dataset_plan.json

Identities are drawn from the attributes that come along, each with a document and three animations.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.planning.config import LiveConfig, PlanConfig, SampledSource
from liveportrait.dataset.planning.facts import PlanFacts
from liveportrait.dataset.planning.plan import make_plan
from liveportrait.dataset.schema.images import PlannedImage
from liveportrait.dataset.schema.tables import read_range
from liveportrait.media.pending_file import check_file

CONFIG = PlanConfig(live=LiveConfig(num_animations=3, presets=("mild", "fluxsynid")))
FEW = 1000
MOST_CORE_SECONDS_PER_100_000 = 30.0
MOST_MIB_GROWN = 150.0
"""Of the peak, from the plan of a few identities to that of all."""


def main() -> None:
    """A small plan, which also loads what is needed, then the large one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--identities", type=int, default=100_000)
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    if arguments.output is not None:
        check_file(arguments.output)
    with tempfile.TemporaryDirectory() as scratch:
        result = measure(Path(scratch), arguments.identities)
    if arguments.output is not None:
        arguments.output.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    sys.exit(0 if all(result["met"].values()) else 1)


def measure(scratch: Path, num_identities: int) -> dict[str, Any]:
    """The facts for the report."""
    few, many = DatasetFolder(scratch / "few"), DatasetFolder(scratch / "many")
    _planned(few, FEW)
    few_mib = _peak_mib()
    began = time.process_time()
    facts = _planned(many, num_identities)
    core_seconds, grown_mib = time.process_time() - began, _peak_mib() - few_mib
    # Loads torch, which would be in the peak.
    from liveportrait.machine import this_machine

    return {
        "what": "a plan of sampled identities, each with a document and three animations, in one process",
        "num_identities": facts.num_identities,
        "num_images": facts.num_images,
        "core_seconds": round(core_seconds, 2),
        "peak_mib": round(few_mib + grown_mib, 1),
        "grown_mib": round(grown_mib, 1),
        "met": {
            "core seconds": core_seconds <= MOST_CORE_SECONDS_PER_100_000 * num_identities / 1e5,
            "memory": grown_mib <= MOST_MIB_GROWN,
            "the first identities are those of the small plan": _first(few) == _first(many),
        },
        "machine": this_machine().facts(),
    }


def _planned(folder: DatasetFolder, num_identities: int) -> PlanFacts:
    return make_plan(SampledSource(num_identities=num_identities), folder, config=CONFIG)


def _first(folder: DatasetFolder) -> list[PlannedImage]:
    return read_range(folder.planned_images, PlannedImage, column="identity_index", start=0, stop=FEW)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
