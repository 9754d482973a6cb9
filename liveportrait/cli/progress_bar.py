"""A bar with the time that is left, for people at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from liveportrait.animation.phases import Phase, PhaseProgress, silently
from liveportrait.cli.reporting import Reporter
from liveportrait.media.progress import Progress, silent


@contextmanager
def counting_bar(reporter: Reporter, noun: str) -> Iterator[Progress]:
    """One bar of things done, such as files; nothing where nobody looks."""
    if not reporter.shows_progress:
        yield silent
        return
    columns = (TextColumn(noun), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=reporter.err, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def progress_bar(reporter: Reporter) -> Iterator[PhaseProgress]:
    """One bar for each phase; nothing where nobody looks."""
    if not reporter.shows_progress:
        yield silently
        return
    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=reporter.err, transient=True) as bars:

        def begin(phase: Phase) -> Progress:
            task = bars.add_task(phase, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield begin
