"""liveportrait template: motion without its driver."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from liveportrait.animation.drivers import read_template
from liveportrait.animation.settings import FileSettings, SquareChoice
from liveportrait.animation.templates import template_of
from liveportrait.animator import Animator
from liveportrait.cli import exit_codes
from liveportrait.cli.faces import AnalyzerOptions
from liveportrait.cli.file_options import Existing, may_write
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.progress_bar import progress_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.driving import DrivingSettings, DrivingView
from liveportrait.engines.config import EngineConfig
from liveportrait.face.choice import parse_face_choice
from liveportrait.media.image_writer import still_format
from liveportrait.media.outputs import check_outputs
from liveportrait.media.pending_file import check_file
from liveportrait.media.picture_files import save_picture
from liveportrait.media.settings import SinkSettings
from liveportrait.motion.plot import plot_template
from liveportrait.motion.template import MotionTemplate
from liveportrait.motion.template_file import check_template_name, save_template
from liveportrait.portrait_model import load_portrait_model
from liveportrait.stepping import AnimationSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Make:
    """Read the motion off a driving video or picture; the template holds numbers and no pixels."""

    driving: Annotated[Path, tyro.conf.arg(aliases=["-d"])]
    """Video, picture, GIF or numbered pictures."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """A .safetensors file."""
    model: str = "mini"
    """Whose expression is written down; other models can use the template's pose and openings alone."""
    note: str = ""
    """Where the motion is from, who agreed, and under which licence it may be used."""
    driving_face: str = "largest"
    """Of several faces: largest, left, right, centre, a number or a box."""
    driving_view: DrivingView = DrivingSettings().view
    """Read the motion from a square around the driver's face, or from whole frames, which must be square."""
    driving_square: SquareChoice = FileSettings().driving_square
    """That square: the mean over all frames, or that of the first."""
    existing: Existing = "refuse"
    """What happens where the output exists."""
    analyzer: AnalyzerOptions = field(default_factory=AnalyzerOptions)
    engine: EngineConfig = field(default_factory=EngineConfig)
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if not _may_make(self.output, inputs=[self.driving, Path(self.model)], existing=self.existing):
            reporter.skipped(self.output)
            return exit_codes.OK
        check_file(self.output)
        model = load_portrait_model(self.model, engine=self.engine)
        reading = DrivingSettings(view=self.driving_view, face=parse_face_choice(self.driving_face))
        animator = Animator(
            model=model,
            analyzer=self.analyzer.load(self.engine),
            settings=AnimationSettings(driving=reading),
        )
        with progress_bar(reporter) as progress:
            template = template_of(
                animator, self.driving, square=self.driving_square, note=self.note, progress=progress
            )
        save_template(template, self.output)
        tell_terms(self.model)
        facts = {"state": "done", "output": str(self.output)} | _facts(template)
        reporter.result(facts, f"{self.output}: {_sentence(template)}")
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """Say what a template holds, and plot its pose, eye and lip curves."""

    template: tyro.conf.Positional[Path]
    """A template of ours (.safetensors) or of the reference implementation (.pkl)."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="PICTURE")] = None
    """Where the plot goes, as .png."""
    existing: Existing = "refuse"
    """What happens where the output exists."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if self.output is not None:
            check_outputs([self.output], inputs=[self.template])
            still_format(self.output)
        template = read_template(self.template)
        facts = _facts(template)
        if self.output is not None and may_write(self.output, existing=self.existing):
            # A plot shows numbers as they are; nothing in it is generated.
            save_picture(plot_template(template), self.output, settings=SinkSettings(mark="none"))
            facts |= {"output": str(self.output)}
        reporter.result(facts, f"{self.template}: {_sentence(template)}")
        return exit_codes.OK


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """Turn a template of the reference implementation (.pkl) into one of ours; nothing in it is run."""

    template: tyro.conf.Positional[Path]
    """The .pkl file."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """A .safetensors file."""
    existing: Existing = "refuse"
    """What happens where the output exists."""
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if not _may_make(self.output, inputs=[self.template], existing=self.existing):
            reporter.skipped(self.output)
            return exit_codes.OK
        template = read_template(self.template)
        save_template(template, self.output)
        facts = {"state": "done", "output": str(self.output)} | _facts(template)
        reporter.result(facts, f"{self.output}: {_sentence(template)}")
        return exit_codes.OK


Command = (
    Annotated[Make, tyro.conf.subcommand("make")]
    | Annotated[Inspect, tyro.conf.subcommand("inspect")]
    | Annotated[Convert, tyro.conf.subcommand("convert")]
)


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait template")


def _may_make(output: Path, *, inputs: Sequence[Path], existing: Existing) -> bool:
    check_outputs([output], inputs=inputs)
    check_template_name(output)
    return may_write(output, existing=existing)


def _facts(template: MotionTemplate) -> dict[str, str | int | float | bool]:
    return {
        "model_id": template.model_id,
        "num_frames": template.num_frames,
        "fps": str(template.fps),
        "duration_seconds": template.duration_seconds,
        "has_openings": template.openings is not None,
        "note": template.note,
    }


def _sentence(template: MotionTemplate) -> str:
    openings = "with" if template.openings is not None else "without"
    note = f"; {template.note}" if template.note else ""
    return (
        f"{template.num_frames} frames at {float(template.fps):.5g} a second of the model "
        f"{template.model_id}, {openings} eye and lip openings{note}"
    )
