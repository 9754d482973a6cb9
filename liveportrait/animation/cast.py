"""All files of one animation, opened at one frame rate."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

from liveportrait.animation.drivers import Driver, at_rate, open_driver
from liveportrait.animation.settings import FileSettings, Role
from liveportrait.errors import MediaError, SettingError
from liveportrait.media.opening import open_source
from liveportrait.media.protocol import Frame, SeekableSource, VideoInfo


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cast:
    """Who is moved and who leads."""

    portrait: SeekableSource
    still: Frame | None
    """The portrait where it is a single picture."""
    roles: tuple[Role, ...]
    drivers: Mapping[Path, Driver]
    audio: Path | None
    """Whose sound the result gets."""

    @property
    def info(self) -> VideoInfo:
        """Of the result: a video keeps its times, a picture takes those of who moves it."""
        if self.still is None:
            return self.portrait.info
        infos = [driver.info for driver in self.drivers.values()]
        moving = next((info for info in infos if info.num_frames != 1), infos[0])
        height, width = self.still.image.shape[:2]
        return replace(moving, size_wh=(width, height), rotation_deg=0)


@contextmanager
def open_cast(source: Path, roles: Sequence[Role], settings: FileSettings) -> Iterator[Cast]:
    """Open the source and every driver once; they are closed together."""
    with ExitStack() as stack:
        portrait = at_rate(stack.enter_context(open_source(source)), settings.fps)
        still = only_frame(portrait)
        # A video's frames meet the driver's by time, whatever the rates.
        drivers = _opened(roles, settings.fps)
        for driver in drivers.values():
            if driver.pictures is not None:
                stack.enter_context(driver.pictures)
        lead = roles[0].driving_path
        yield Cast(
            portrait=portrait,
            still=still,
            roles=tuple(roles),
            drivers=drivers,
            audio=_audio(source, portrait, lead, drivers[lead], settings),
        )


def only_frame(source: SeekableSource) -> Frame | None:
    """The frame of a source that has just one."""
    first = list(islice(source, 2))
    if not first:
        raise MediaError("The source has no frames.")
    return first[0] if len(first) == 1 else None


def _opened(roles: Sequence[Role], fps: Fraction | None) -> dict[Path, Driver]:
    """The drivers; several at different rates all take that of the first."""
    drivers = {role.driving_path: open_driver(role.driving_path, fps=fps) for role in roles}
    rates = [driver.info.fps for driver in drivers.values() if driver.info.num_frames != 1]
    if len(set(rates)) < 2:
        return drivers
    return {path: open_driver(path, fps=rates[0]) for path in drivers}


def _audio(
    source: Path, portrait: SeekableSource, lead: Path, driver: Driver, settings: FileSettings
) -> Path | None:
    loud = {
        "driving": lead if driver.info.has_audio else None,
        "source": source if portrait.info.has_audio else None,
    }
    match settings.audio:
        case "none":
            return None
        case "auto":
            return loud["driving"] or loud["source"]
        case asked if loud[asked] is None:
            raise SettingError(f"The sound of the {asked} was asked for; it has none. Choose auto or none.")
        case asked:
            return loud[asked]
