"""A bar at a terminal, silence elsewhere."""

import io

import pytest
from rich.console import Console

from liveportrait.cli.progress_bar import progress_bar
from liveportrait.cli.reporting import Reporter, ReportOptions


def at_a_terminal(options: ReportOptions) -> tuple[Reporter, io.StringIO]:
    reporter, shown = Reporter(options), io.StringIO()
    reporter.err = Console(file=shown, force_terminal=True, width=100)
    return reporter, shown


def test_every_phase_has_a_bar_with_the_time_that_is_left() -> None:
    reporter, shown = at_a_terminal(ReportOptions())
    with progress_bar(reporter) as progress:
        for phase in ("reading the driver", "animating"):
            tick = progress(phase)
            for done in range(4):
                tick(done, 3)
    assert "animating" in shown.getvalue()
    assert "3/3" in shown.getvalue()
    assert "left" in shown.getvalue()


def test_an_unknown_length_is_no_fault() -> None:
    reporter, shown = at_a_terminal(ReportOptions())
    with progress_bar(reporter) as progress:
        progress("animating")(5, None)
    assert "5/?" in shown.getvalue()


def test_nobody_is_told_who_does_not_look(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(Reporter(ReportOptions())) as progress:
        progress("animating")(1, 2)
    assert capsys.readouterr().err == ""


def test_quiet_is_quiet() -> None:
    reporter, shown = at_a_terminal(ReportOptions(quiet=True))
    with progress_bar(reporter) as progress:
        progress("animating")(1, 2)
    assert shown.getvalue() == ""
