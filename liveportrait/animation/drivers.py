"""Who leads: an opened video, picture or template, at the rate that the result asks for."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from liveportrait.animation.phases import PhaseProgress
from liveportrait.animation.recording import Recording, recording_of_template, template_info
from liveportrait.animation.recording_drivers import record_driver
from liveportrait.animation.settings import Role, SquareChoice
from liveportrait.animator import Animator
from liveportrait.media.alpha import SeenSource
from liveportrait.media.opening import open_source
from liveportrait.media.protocol import SeekableSource, VideoInfo
from liveportrait.media.resampling import ConstantRateSource
from liveportrait.motion.released_template import load_released_template
from liveportrait.motion.template import MotionTemplate, resampled
from liveportrait.motion.template_file import load_template

TEMPLATE_SUFFIXES = (".safetensors", ".pkl")


@runtime_checkable
class Driver(Protocol):
    """Leads one face or more."""

    @property
    def info(self) -> VideoInfo: ...

    @property
    def pictures(self) -> SeekableSource | None:
        """None for templates."""
        ...

    def record(
        self, animator: Animator, role: Role, *, square: SquareChoice, progress: PhaseProgress
    ) -> Recording:
        """What the role's face does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmedDriver:
    """A driver with pictures."""

    pictures: SeekableSource

    @property
    def info(self) -> VideoInfo:
        return self.pictures.info

    def record(
        self, animator: Animator, role: Role, *, square: SquareChoice, progress: PhaseProgress
    ) -> Recording:
        settings = animator.settings.driving
        if role.driving_face is not None:
            settings = replace(settings, face=role.driving_face)
        return record_driver(
            SeenSource(self.pictures),
            animator.model,
            animator.analyzer,
            settings=settings,
            square=square,
            progress=progress,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateDriver:
    """A driver that was recorded before."""

    template: MotionTemplate
    pictures: None = None

    @property
    def info(self) -> VideoInfo:
        return template_info(self.template)

    def record(
        self, animator: Animator, role: Role, *, square: SquareChoice, progress: PhaseProgress
    ) -> Recording:
        return recording_of_template(self.template, animator.model.space, settings=animator.settings.transfer)


def open_driver(path: Path, *, fps: Fraction | None) -> Driver:
    """Open a driver; `fps` resamples it."""
    if path.suffix.lower() in TEMPLATE_SUFFIXES:
        template = read_template(path)
        return TemplateDriver(template=template if fps is None else resampled(template, fps))
    return FilmedDriver(pictures=at_rate(open_source(path), fps))


def at_rate(source: SeekableSource, fps: Fraction | None) -> SeekableSource:
    """The source at that constant rate; a single picture has none."""
    if fps is None or source.info.num_frames == 1 or source.info.fps == fps:
        return source
    return ConstantRateSource(source, fps)


def read_template(path: Path) -> MotionTemplate:
    """A motion template of ours, or one that the reference implementation wrote (.pkl)."""
    return load_released_template(path) if path.suffix.lower() == ".pkl" else load_template(path)
