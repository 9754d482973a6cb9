"""liveportrait animate: files in, a file out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from liveportrait.animation.batch import (
    Job,
    Outcome,
    load_summary,
    make_result_folder,
    pattern_of_frames,
    plan_jobs,
    run_jobs,
    save_summary,
)
from liveportrait.animation.contact_sheet import ContactSheet
from liveportrait.animation.files import AnimationReport, animate_file
from liveportrait.animation.roles import roles_of
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.animator import Animator
from liveportrait.cli import exit_codes
from liveportrait.cli.faces import AnalyzerOptions, FaceOptions, parse_role
from liveportrait.cli.file_options import MatchOptions, WriteOptions, may_write, may_write_all
from liveportrait.cli.model_terms import tell_terms
from liveportrait.cli.progress_bar import progress_bar
from liveportrait.cli.reporting import Reporter, ReportOptions
from liveportrait.cli.running import run_command
from liveportrait.driving import DrivingSettings, DrivingView
from liveportrait.engines.config import EngineConfig
from liveportrait.errors import SettingError
from liveportrait.face.choice import parse_face_choice
from liveportrait.media.containers import VideoCodec, video_codec_of
from liveportrait.media.outputs import check_outputs
from liveportrait.media.picture_files import check_picture
from liveportrait.motion.settings import TransferSettings
from liveportrait.portrait_model import load_portrait_model
from liveportrait.stepping import AnimationSettings, NoFacePolicy

_MOVED, _READ = AnimationSettings(), DrivingSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Make a face in a picture or a video move as another does.

    What the files are is told by their content: source and driver may each be a picture or a video,
    and the driver may be a motion template.
    """

    source: Annotated[Path, tyro.conf.arg(aliases=["-s"])]
    """Picture, video, GIF, numbered pictures (a/%04d.png); or a folder, of which every file is animated."""
    driving: Annotated[Path | None, tyro.conf.arg(aliases=["-d"], metavar="PATH")] = None
    """Who leads: as the source, or a motion template (.safetensors, .pkl); or a folder."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The result; its extension chooses the kind: .mp4, .mov, .mkv, .webm, .gif, .webp, .png, .jpg; none
    makes a folder of PNGs. For folders: the folder for the results and their summary.json."""
    role: tyro.conf.UseAppendAction[tuple[str, ...]] = ()
    """FACE=DRIVING in place of --driving, once for every face: --role left=a.mp4 --role right=b.mp4."""
    model: str = "mini"
    """mini, human, animal, or the path of a folder or file of weights."""
    smoothing: Literal["auto", "none", "live", "offline"] = "auto"
    """live calms each frame by those before it, offline by those after it too; auto does the latter for
    source videos."""
    no_face: NoFacePolicy = _MOVED.no_face
    """Where the driver's face is not seen: keep the last expression, ease back to the source's, show the
    source untouched, or stop."""
    fade_frames: int = _MOVED.fade_frames
    """Over how many frames fade eases back."""
    driving_face: str = "largest"
    """Of several faces in the driving frames: largest, left, right, centre, a number or a box."""
    driving_view: DrivingView = _READ.view
    """Read the motion from a square around the driver's face, or from whole frames, which must be square."""
    driving_scale: float = _READ.crop.scale
    """Side of that square over the size of the driver's face; larger keeps a lively head in it."""
    contact_sheet: Annotated[Path | None, tyro.conf.arg(metavar="PICTURE")] = None
    """Also write source, driver and result at eight moments as one picture."""
    faces: FaceOptions = field(default_factory=FaceOptions)
    analyzer: AnalyzerOptions = field(default_factory=AnalyzerOptions)
    transfer: TransferSettings = field(default_factory=TransferSettings)
    match: MatchOptions = field(default_factory=MatchOptions)
    write: WriteOptions = field(default_factory=WriteOptions)
    engine: EngineConfig = field(default_factory=EngineConfig)
    report: ReportOptions = field(default_factory=ReportOptions)

    def run(self, reporter: Reporter) -> int:
        if (self.driving is None) == (not self.role):
            raise SettingError("Who leads? Give --driving, or --role FACE=DRIVING for each face; not both.")
        if self.role and self.faces.is_given:
            raise SettingError(
                "--role names the faces of the source itself; leave out --face, --box and --landmarks."
            )
        if self.driving is not None and (self.source.is_dir() or self.driving.is_dir()):
            return _animate_folder(self, self.driving, reporter)
        return _animate_one(self, reporter)

    def inputs(self) -> list[Path]:
        """Every file that is read, but the model's."""
        driving = [parse_role(text).driving_path for text in self.role]
        others = (self.driving, self.faces.landmarks)
        return [self.source, *driving, *(path for path in others if path is not None)]

    def load_animator(self) -> Animator:
        """The model with all that is set about motion."""
        settings = AnimationSettings(
            transfer=self.transfer,
            driving=DrivingSettings(
                view=self.driving_view,
                crop=replace(_READ.crop, scale=self.driving_scale),
                face=parse_face_choice(self.driving_face),
            ),
            smoothing="live" if self.smoothing == "live" else "none",
            no_face=self.no_face,
            fade_frames=self.fade_frames,
        )
        model = load_portrait_model(self.model, engine=self.engine)
        return Animator(model=model, analyzer=self.analyzer.load(self.engine), settings=settings)

    def file_settings(self, codec: VideoCodec | None) -> FileSettings:
        smoothing = "auto" if self.smoothing == "live" else self.smoothing
        return self.match.settings(smoothing, self.write.sink_settings(codec))

    def roles(self, animator: Animator, source: Path, driving: Path | None) -> Sequence[Role]:
        """Who leads whom."""
        if driving is None:
            return [parse_role(text) for text in self.role]
        choice = self.faces.choice(animator.analyzer, source)
        return roles_of(animator.analyzer, source, driving, faces=choice)


def main(arguments: Sequence[str]) -> int:
    """Parse, call, report."""
    return run_command(Command, arguments, prog="liveportrait animate")


def _animate_one(command: Command, reporter: Reporter) -> int:
    outputs = [command.output, *([command.contact_sheet] if command.contact_sheet else [])]
    check_outputs(outputs, inputs=command.inputs())
    if not may_write_all(outputs, existing=command.write.existing):
        reporter.skipped(command.output)
        return exit_codes.OK
    settings = command.file_settings(video_codec_of(command.output))
    if command.contact_sheet is not None:
        check_picture(command.contact_sheet)
    sheet = ContactSheet(background_rgb=settings.sink.background_rgb) if command.contact_sheet else None
    animator = command.load_animator()
    roles = command.roles(animator, command.source, command.driving)
    with progress_bar(reporter) as progress:
        made = animate_file(
            animator,
            command.source,
            roles,
            command.output,
            settings=settings,
            progress=progress,
            watcher=sheet,
        )
    if sheet is not None and command.contact_sheet is not None:
        sheet.save(command.contact_sheet, settings=settings.sink)
    tell_terms(command.model)
    beside = {} if command.contact_sheet is None else {"contact_sheet": str(command.contact_sheet)}
    reporter.result({"state": "done", **made.facts(), **beside}, _sentence(made))
    return exit_codes.OK


def _animate_folder(command: Command, driving: Path, reporter: Reporter) -> int:
    if command.contact_sheet is not None:
        raise SettingError("A contact sheet shows one animation; leave it out for folders.")
    # Videos in a folder of results are .mp4.
    folder, settings = command.output, command.file_settings("libx264")
    jobs = plan_jobs(command.source, driving, folder)
    for frames in filter(None, map(pattern_of_frames, (command.source, driving))):
        reporter.warn(
            f"The pictures in {frames.parent} are taken one by one; as one video they are {frames}."
        )
    make_result_folder(folder)
    animator = command.load_animator()

    def animate(job: Job) -> AnimationReport | None:
        output = job.output()
        if not may_write(output, existing=command.write.existing):
            return None
        roles = command.roles(animator, job.source, job.driving)
        with progress_bar(reporter) as progress:
            return animate_file(animator, job.source, roles, output, settings=settings, progress=progress)

    summary = folder / "summary.json"
    earlier, outcomes = load_summary(summary), list[Outcome]()
    for outcome in run_jobs(jobs, animate):
        outcomes.append(outcome)
        save_summary(outcomes, summary, earlier=earlier)
        name = f"[{len(outcomes)}/{len(jobs)}] {outcome.job.name}"
        if outcome.error is not None:
            reporter.warn(f"{name}: {outcome.reason()}")
        else:
            reporter.say(f"{name}: {_sentence(outcome.report) if outcome.report else 'exists, skipped'}")
    tell_terms(command.model)
    failed = sum(outcome.error is not None for outcome in outcomes)
    facts = {"failed": failed, "results": [outcome.facts() for outcome in outcomes]}
    reporter.result(facts, f"{len(jobs) - failed} of {len(jobs)} done; {summary} says more")
    return exit_codes.SOME_FAILED if failed else exit_codes.OK


def _sentence(made: AnimationReport) -> str:
    faces = "" if made.num_faces == 1 else f", {made.num_faces} faces"
    missed = made.frames_without_driving_face
    unseen = f", the driver's face was not seen in {missed}" if missed else ""
    frames = "1 frame" if made.num_frames == 1 else f"{made.num_frames} frames"
    return f"{made.output}: {frames}{faces}{unseen}; {made.engine} in {made.precision} on {made.device}"
