"""python benchmarks/tensorrt_conversion.py mini [human ...]: do all stages become TensorRT plans?

Exports each model in fp16 and in int8 and builds every graph with TensorRT-RTX for RTX 30, 40 and 50
cards; needs no GPU. Writes `results/tensorrt_conversion.json` after each model and precision. int8 is
calibrated on made-up inputs: the report says what converts, and nothing about speed or quality. Only the
rendering is quantised; a stage whose graph int8 leaves as it was built in fp16 is named so, by the hash of
the graph, and not built again. A model is a name or a folder of weights; rows of models that an earlier run
wrote are kept unless they are named again, and each row tells its commit.
"""

import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

from liveportrait.checkpoints.catalogue import load_named_model
from liveportrait.engines.export_manifest import ExportManifest
from liveportrait.engines.self_test import example_inputs
from liveportrait.engines.signatures import StageName, make_signatures
from liveportrait.engines.tensorrt_package import Capability, load_tensorrt
from liveportrait.errors import EngineUnavailableError
from liveportrait.export.config import ExportConfig, ExportPrecision, ExportStageName
from liveportrait.export.recording import Recording
from liveportrait.export.tensorrt_plans import PlanConfig, build_plans
from liveportrait.export.writing import export_stages
from liveportrait.machine import this_machine
from liveportrait.media.pending_file import write_bytes
from liveportrait.networks.presets import PortraitNetworks, Preset

RESULT = Path(__file__).parent / "results" / "tensorrt_conversion.json"
CAPABILITIES: tuple[Capability, ...] = ("8.6", "8.9", "12.0")
PRECISIONS: tuple[ExportPrecision, ...] = ("fp16", "int8")
STAGES: tuple[ExportStageName, ...] = get_args(StageName)
QUANTIZED: ExportStageName = "renderer"
FUSED: ExportStageName = "animated_frame"
"""Of small models only: it is the other stages again."""

Row = dict[str, Any]


def main(models: list[str]) -> None:
    """Convert, write, show."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for model in models or ["mini"]:
        networks = load_named_model(model)
        converted: list[Row] = []
        for precision in PRECISIONS:
            rows = [*same_graphs(networks, precision, converted)]
            rows += convert(networks, precision, without=[row["stage"] for row in rows])
            converted += [row for row in rows if row["outcome"] == "converted"]
            _write(rows)
            for row in rows:
                print(f"{row['model']:6}{row['precision']:5}{row['stage']:30}{row['outcome']}")


def same_graphs(
    networks: PortraitNetworks, precision: ExportPrecision, converted: Sequence[Row]
) -> Iterator[Row]:
    """One row for each stage whose graph was converted before, in another precision."""
    precisions = {row["graph"]: row["precision"] for row in converted}
    if not precisions:
        return
    unquantized: tuple[ExportStageName, ...] = tuple(stage for stage in STAGES if stage != QUANTIZED)
    config = ExportConfig(precision=precision, stages=unquantized)
    with tempfile.TemporaryDirectory(prefix="liveportrait-") as folder:
        manifest = export_stages(
            networks, Path(folder) / "exported", config=config, recording=made_up(networks.preset)
        )
    for stage, exported in manifest.stages.items():
        if exported.graph_hash in precisions:
            yield _row(manifest, stage, outcome=f"same graph as {precisions[exported.graph_hash]}")


def convert(
    networks: PortraitNetworks, precision: ExportPrecision, *, without: Sequence[str]
) -> Iterator[Row]:
    """One row for each other stage; what fails says why."""
    with tempfile.TemporaryDirectory(prefix="liveportrait-") as folder:
        exported = Path(folder) / "exported"
        fused: tuple[ExportStageName, ...] = (FUSED,) if networks.preset.name == "mini" else ()
        stages: tuple[ExportStageName, ...] = tuple(
            stage for stage in (*STAGES, *fused) if stage not in without
        )
        config = ExportConfig(precision=precision, stages=stages)
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
    trt, machine = load_tensorrt("tensorrt-rtx"), this_machine()
    facts = {
        "format": "liveportrait-tensorrt-conversion/1",
        "shows": "that graphs convert; nothing was run on a GPU",
        "package": f"{trt.name} {trt.version}",
        "capabilities": CAPABILITIES,
        "machine": machine.facts(),
        "rows": kept + [row | {"commit": machine.commit} for row in rows],
    }
    write_bytes(RESULT, json.dumps(facts, indent=1).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:])
