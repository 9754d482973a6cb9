"""liveportrait export: networks as ONNX files for other engines, and the proof that they are the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.checkpoints.catalogue import load_named_model, summarise_model
from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.engines.config import EngineConfig
from liveportrait.engines.export_manifest import ExportManifest
from liveportrait.export.config import ExportConfig
from liveportrait.export.new_folder import check_free
from liveportrait.export.parity import check_comparable, compare, engine_candidates, exported_candidates
from liveportrait.export.parity_report import parity_facts, parity_rows, save_parity
from liveportrait.export.recording import FramesConfig, Recording, record
from liveportrait.export.writing import export_stages
from liveportrait.face.loading import load_face_landmarker
from liveportrait.networks.presets import PortraitNetworks
from liveportrait.portrait_model import load_portrait_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Write the networks of a model as ONNX files with a manifest, for engines that are built from them.

    The folder that is written is new: one file for each stage, and manifest.json with names, shapes,
    hashes, precisions and the licence of the weights.
    """

    output: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FOLDER")]
    """The folder for the files."""
    model: str = "mini"
    """mini, human, animal, or a file or folder of weights."""
    config: ExportConfig = field(default_factory=ExportConfig)
    frames: FramesConfig = field(default_factory=FramesConfig)
    """What int8 and fp8 are calibrated on, and what the report compares."""
    parity: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")] = None
    """Compare the export and every engine here with the fp32 networks; write the report to this folder."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        self._check()
        networks = load_named_model(self.model)
        needs_frames = self.config.is_quantized or self.parity is not None
        recording = self._recording() if needs_frames else None
        manifest = export_stages(
            networks,
            self.output,
            config=self.config,
            provenance=summarise_model(self.model).provenance,
            recording=recording,
        )
        _show(manifest, self.output, reporter)
        facts = {"output": str(self.output), "manifest": manifest.facts()}
        if self.parity is not None and recording is not None:
            facts["parity"] = self._compare(networks, recording, self.parity, reporter)
        reporter.facts(facts)
        return exit_codes.OK

    def _check(self) -> None:
        """What would end the command after minutes ends it now."""
        check_free(self.output)
        if self.parity is not None:
            check_free(self.parity)
            check_comparable(self.config.stages)

    def _recording(self) -> Recording:
        self.frames.check()
        plain = EngineConfig(engine="torch", precision="fp32", device="cpu")
        model = load_portrait_model(self.model, engine=plain)
        return record(model, load_face_landmarker(device=model.device), self.frames)

    def _compare(
        self, networks: PortraitNetworks, recording: Recording, folder: Path, reporter: Reporter
    ) -> dict[str, object]:
        candidates = [*engine_candidates(networks), *exported_candidates(self.output)]
        report = compare(networks, recording, candidates)
        save_parity(report, folder)
        head, *rows = parity_rows(report)
        reporter.table(head, rows)
        for refusal in report.refusals:
            reporter.say(f"not here: {refusal}")
        reporter.say(f"\n{folder}: parity.json, parity.md and parity.png written")
        return parity_facts(report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait export")


def _show(manifest: ExportManifest, folder: Path, reporter: Reporter) -> None:
    rows = [
        [stage.file, f"{(folder / stage.file).stat().st_size / 2**20:.1f}", f"{stage.macs / 1e6:.0f}"]
        for stage in manifest.stages.values()
    ]
    reporter.table(["file", "MiB", "million MACs"], rows)
    licence = manifest.licence + ("" if manifest.commercial_use else ", not for commercial use")
    reporter.say(f"\n{folder}: {manifest.model} in {manifest.precision}; weights: {licence}")
