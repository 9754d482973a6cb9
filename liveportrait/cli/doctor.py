"""liveportrait doctor: what is installed, what works here, and why the rest does not."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field

import av
from av.error import FFmpegError

import liveportrait
from liveportrait.checkpoints.catalogue import verify_bundled
from liveportrait.checkpoints.verification import FileCheck
from liveportrait.cli import exit_codes
from liveportrait.cli.installed_packages import package_rows, stated_requirements
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.cli.weights import model_rows
from liveportrait.engines.catalogue import ENGINE_KINDS, EngineStatus, available_engines, ranked
from liveportrait.engines.config import devices_to_try
from liveportrait.machine import Machine, this_machine

ENCODERS = {"libx264": "mp4, mov, mkv", "libvpx-vp9": "webm", "aac": "sound of mp4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Say what is installed, which engines, models and licences are there, and why one is not."""

    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        machine, devices, checks = this_machine(), devices_to_try("auto"), verify_bundled()
        engines = available_engines(devices[0])
        in_order = [
            f"{kind.name} in {precision}{'' if device == devices[0] else f' on {device}'}"
            for device in devices
            for kind, precision in ranked(ENGINE_KINDS, device)
        ]
        packages = package_rows(stated_requirements())
        encoders = [(name, _encoder_state(name), kinds) for name, kinds in ENCODERS.items()]
        models = model_rows()

        reporter.say(f"liveportrait {liveportrait.__version__}, Python {platform.python_version()}")
        reporter.say(_machine_sentence(machine))
        reporter.table(["package", "version"], packages)
        reporter.table(["encoder", "state", "for"], encoders)
        reporter.table(["engine", "computes in, or why not"], [_engine_row(engine) for engine in engines])
        reporter.say(f"auto takes the first that passes its self-test: {', '.join(in_order)}")
        reporter.table(["model", "licence", "commercial use", "where, or why not"], models)
        reporter.table(["file of the library", "state"], [_check_row(check) for check in checks])
        reporter.facts(
            {
                "liveportrait": liveportrait.__version__,
                "machine": machine.facts(),
                "packages": dict(packages),
                "encoders": {name: state for name, state, _ in encoders},
                "engines": dict(_engine_row(engine) for engine in engines),
                "auto_takes_the_first_of": in_order,
                "models": {row[0]: row[1:] for row in models},
                "files": dict(_check_row(check) for check in checks),
            }
        )
        is_sound = all(check.status == "as published" for check in checks)
        return exit_codes.OK if is_sound and any(not one.why_not for one in engines) else exit_codes.FAILED


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait doctor")


def _encoder_state(name: str) -> str:
    try:
        av.Codec(name, "w")
    except FFmpegError:
        return "missing: install PyAV's wheel from PyPI"
    return "here"


def _engine_row(engine: EngineStatus) -> tuple[str, str]:
    return engine.name, engine.why_not or f"{', '.join(engine.precisions)} on {engine.device}"


def _check_row(check: FileCheck) -> tuple[str, str]:
    return str(check.path), check.status


def _machine_sentence(machine: Machine) -> str:
    flags = f" with {', '.join(machine.cpu_features)}" if machine.cpu_features else ""
    return f"{machine.cpu}{flags}, {machine.num_cores} cores, {machine.memory_gib:.0f} GiB; {machine.device}"
