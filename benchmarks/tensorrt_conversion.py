"""python benchmarks/tensorrt_conversion.py mini [human ...]: do all stages become TensorRT plans?

Exports each model in fp16 and in int8 and builds every graph with TensorRT-RTX for RTX 30, 40 and 50
cards; needs no GPU. Writes `results/tensorrt_conversion.json` after each model and precision. int8 is
calibrated on made-up inputs: the report says what converts, and nothing about speed or quality. Only the
rendering is quantised; other stages have the graph of fp16 in int8 too. A model is a name or a folder of
weights; models that an earlier run wrote are kept unless they are named again.
"""

import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from liveportrait.checkpoints.catalogue import load_named_model
from liveportrait.engines.self_test import example_inputs
from liveportrait.engines.signatures import StageName, make_signatures
from liveportrait.engines.tensorrt_package import Capability, load_tensorrt
from liveportrait.errors import EngineUnavailableError
from liveportrait.export.config import ExportConfig, ExportPrecision, ExportStageName
from liveportrait.export.manifest import ExportManifest
from liveportrait.export.recording import Recording
from liveportrait.export.tensorrt_plans import PlanConfig, build_plans
from liveportrait.export.writing import export_stages
from liveportrait.machine import this_machine
from liveportrait.motion.documents import write_bytes
from liveportrait.networks.presets import PortraitNetworks, Preset

RESULT = Path(__file__).parent / "results" / "tensorrt_conversion.json"
CAPABILITIES: tuple[Capability, ...] = ("8.6", "8.9", "12.0")
STAGES: dict[ExportPrecision, tuple[ExportStageName, ...]] = {
    "fp16": get_args(StageName),
    "int8": ("renderer",),
}
FUSED: ExportStageName = "animated_frame"
"""Of small models only: it is the other stages again."""

Row = dict[str, Any]


def main(models: list[str]) -> None:
    """Convert, write, show."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for model in models or ["mini"]:
        networks = load_named_model(model)
        for precision in STAGES:
            rows = list(convert(networks, precision))
            _write(rows)
            for row in rows:
                print(f"{row['model']:6}{row['precision']:5}{row['stage']:30}{row['outcome']}")


def convert(networks: PortraitNetworks, precision: ExportPrecision) -> Iterator[Row]:
    """One row a stage; what fails says why."""
    with tempfile.TemporaryDirectory(prefix="liveportrait-") as folder:
        exported = Path(folder) / "exported"
        fused = (FUSED,) if networks.preset.name == "mini" else ()
        config = ExportConfig(precision=precision, stages=(*STAGES[precision], *fused))
        manifest = export_stages(networks, exported, config=config, recording=made_up(networks.preset))
        try:
            built = build_plans(
                exported, Path(folder) / "plans", config=PlanConfig(capabilities=CAPABILITIES)
            )
        except EngineUnavailableError as fault:
            yield _row(manifest, "all", outcome=str(fault))
            return
        for stage, plan in built.plans.items():
            facts = {"plan_mbytes": round(plan.num_bytes / 1e6, 2), "core_seconds": plan.core_seconds}
            yield _row(manifest, stage, outcome="converted", **facts, said=plan.said)


def made_up(preset: Preset) -> Recording:
    """Plausible inputs, which set plausible ranges."""
    signatures = make_signatures(preset)
    return {
        name: tuple(example_inputs(signatures[name], seed=seed) for seed in (0, 1))
        for name in ("renderer", "motion_extractor")
    }


def _row(manifest: ExportManifest, stage: str, *, outcome: str, **facts: object) -> Row:
    row: Row = {"model": manifest.model, "precision": manifest.precision, "stage": stage, "outcome": outcome}
    if stage in manifest.stages:
        exported = manifest.stages[stage]
        row |= {"graph": exported.graph_hash, "gmacs": round(exported.macs / 1e9, 3)}
        row |= {"convolutions_and_products_in": dict(Counter(exported.precisions.values()))}
    return row | facts


def _write(rows: list[Row]) -> None:
    earlier = json.loads(RESULT.read_bytes())["rows"] if RESULT.exists() else []
    anew = {(row["model"], row["precision"]) for row in rows}
    kept = [row for row in earlier if (row["model"], row["precision"]) not in anew]
    trt = load_tensorrt("tensorrt-rtx")
    facts = {
        "format": "liveportrait-tensorrt-conversion/1",
        "shows": "that graphs convert; nothing was run on a GPU",
        "package": f"{trt.name} {trt.version}",
        "capabilities": CAPABILITIES,
        "machine": this_machine().facts(),
        "rows": kept + rows,
    }
    write_bytes(RESULT, json.dumps(facts, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
