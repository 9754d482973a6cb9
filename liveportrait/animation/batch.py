"""Many files at once: every source with every driver, whatever becomes of the others."""

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Any, TypeAlias

from liveportrait.animation.drivers import TEMPLATE_SUFFIXES
from liveportrait.animation.files import AnimationReport
from liveportrait.errors import CancelledError, LivePortraitError, MediaError, SettingError
from liveportrait.media.kinds import kind_of
from liveportrait.media.outputs import check_outputs
from liveportrait.media.pending_file import write_bytes, write_error
from liveportrait.media.reading import check_readable

logger = logging.getLogger(__name__)

Summary: TypeAlias = dict[tuple[str, str], dict[str, Any]]
"""A row of facts for each source and driver."""

MEDIA_SUFFIXES = frozenset(
    {".avif", ".avi", ".bmp", ".gif", ".jpeg", ".jpg", ".m4v", ".mkv", ".mov", ".mp4", ".png", ".tif"}
    | {".tiff", ".webm", ".webp"}
)
"""What is taken from a folder; other files in it are none of our business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One result to make."""

    source: Path
    driving: Path
    folder: Path
    name: str

    def output(self) -> Path:
        """A picture where both files are pictures, else a video."""
        both = (self.source, self.driving)
        is_picture = self.driving.suffix.lower() not in TEMPLATE_SUFFIXES and all(
            kind_of(path) == "still" for path in both
        )
        return self.folder / f"{self.name}{'.png' if is_picture else '.mp4'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a job."""

    job: Job
    report: AnimationReport | None = None
    """None where it failed or was skipped."""
    error: Exception | None = None

    def reason(self) -> str:
        """Why it failed; faults that are not the user's are named by their kind too."""
        is_told = isinstance(self.error, LivePortraitError)
        return str(self.error) if is_told else f"{type(self.error).__name__}: {self.error}"

    def facts(self) -> dict[str, str | int | None]:
        """For the summary."""
        made = {} if self.report is None else self.report.facts()
        state = "failed" if self.error else "done" if self.report else "skipped"
        error = {} if self.error is None else {"error": type(self.error).__name__, "message": str(self.error)}
        files = {"source": str(self.job.source), "driving": str(self.job.driving)}
        return {"state": state, **files, **made, **error}


def plan_jobs(source: Path, driving: Path, folder: Path) -> tuple[Job, ...]:
    """Every source with every driver; a folder stands for the media files in it, in order of name.

    Raises:
        MediaError: when a folder or a file that stands by itself cannot be read.
        SettingError: when the results would lie among what they are made of, or in place of a file.
    """
    _check_folder(folder, inputs=[source, driving])
    sources, drivers = _files_at(source, MEDIA_SUFFIXES), _files_at(driving, _DRIVERS)
    names = [_short_names(sources), _short_names(drivers) if driving.is_dir() else [""]]
    results = _unique(["--".join(filter(None, both)) for both in product(*names)])
    return tuple(
        Job(source=one, driving=other, folder=folder, name=name)
        for (one, other), name in zip(product(sources, drivers), results, strict=True)
    )


def pattern_of_frames(folder: Path) -> Path | None:
    """For a folder of numbered pictures as we write them: the name by which they are one video."""
    try:
        names = [file.name for file in folder.iterdir() if not file.name.startswith(".")]
    except OSError:
        return None
    is_video = len(names) > 1 and all(re.fullmatch(r"[0-9]{6,}\.png", name) for name in names)
    return folder / "%06d.png" if is_video else None


def make_result_folder(folder: Path) -> None:
    """Make it unless it is there; the folder around it must be."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error


def run_jobs(jobs: Sequence[Job], animate: Callable[[Job], AnimationReport | None]) -> Iterator[Outcome]:
    """Do one after another. A fault, the user's or not, ends its own job only; to cancel ends all.

    Raises:
        CancelledError: as `animate` raised it.
    """
    for job in jobs:
        try:
            outcome = Outcome(job=job, report=animate(job))
        except CancelledError:
            raise
        except Exception as error:  # a broken file may make any of the libraries below fail in its own way
            logger.debug("%s failed", job.name, exc_info=True)
            outcome = Outcome(job=job, error=error)
        yield outcome


def load_summary(path: Path) -> Summary:
    """The rows of an earlier run; none where there is no summary that can be read."""
    try:
        rows = json.loads(path.read_bytes())
        return {(str(row["source"]), str(row["driving"])): dict(row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}


def save_summary(outcomes: Sequence[Outcome], path: Path, *, earlier: Summary | None = None) -> None:
    """What became of every job so far, as JSON; the file is always whole.

    Rows of earlier runs stay until their job is done anew, where a result of theirs is still there.
    """
    rows = dict(earlier or {})
    for outcome in outcomes:
        files = (str(outcome.job.source), str(outcome.job.driving))
        if outcome.report is not None or not _stands(rows.get(files, {})):
            rows[files] = outcome.facts()
    write_bytes(path, json.dumps(list(rows.values()), indent=1).encode() + b"\n")


def _stands(row: dict[str, Any]) -> bool:
    return row.get("state") == "done" and Path(str(row.get("output"))).exists()


_DRIVERS = MEDIA_SUFFIXES | set(TEMPLATE_SUFFIXES)


def _files_at(path: Path, suffixes: frozenset[str]) -> list[Path]:
    try:
        if not path.is_dir():
            return [_readable(path, suffixes)]
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in suffixes and file.is_file())
    except OSError as error:
        raise MediaError(f"{path}: the folder cannot be read: {error}. Check its permissions.") from error
    visible = [file for file in found if not file.name.startswith(".")]
    if not visible:
        raise MediaError(f"{path}: expected pictures or videos in this folder; there are none.")
    return visible


def _readable(path: Path, suffixes: frozenset[str]) -> Path:
    """Looked at once, where each job would fail for it."""
    if path.suffix.lower() in suffixes.intersection(TEMPLATE_SUFFIXES):
        check_readable(path)
    else:
        kind_of(path)
    return path


def _check_folder(folder: Path, *, inputs: Sequence[Path]) -> None:
    if folder.suffix.lower() in MEDIA_SUFFIXES:
        frames = next((path for path in inputs if path.is_dir()), inputs[0]) / "%06d.png"
        raise SettingError(
            f"{folder}: for a folder of sources or drivers the output is a folder too; this is named as "
            f"a file is; leave out its extension. Numbered pictures that are one video are given as {frames}."
        )
    check_outputs([folder], inputs=inputs)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, later ones with a number where two would be one; some file systems know no capitals."""
    taken = {name.casefold() for name in names}
    given: set[str] = set()
    unique: list[str] = []
    for name in names:
        free = name
        if name.casefold() in given:
            tries = (f"{name}_{number}" for number in count(2))
            free = next(one for one in tries if one.casefold() not in taken)
        taken.add(free.casefold())
        given.add(free.casefold())
        unique.append(free)
    return unique


def _short_names(paths: Sequence[Path]) -> list[str]:
    """Names without extension, with it where two would be one."""
    stems = [path.stem for path in paths]
    return [path.stem if stems.count(path.stem) == 1 else path.name.replace(".", "_") for path in paths]
