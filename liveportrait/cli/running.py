"""From the words of a command line to a command that runs, with its faults in words."""

from collections.abc import Sequence
from typing import Any, Protocol

import tyro

from liveportrait.cli import exit_codes
from liveportrait.cli.reporting import Reporter, ReportOptions, set_up_logging
from liveportrait.errors import LivePortraitError

STYLE = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes)
"""A flag for what is not the default, and no prefixes: `--region`, wherever in the settings it lives."""


class Command(Protocol):
    """What tyro makes of a command line."""

    @property
    def report(self) -> ReportOptions: ...

    def run(self, reporter: Reporter) -> int:
        """Do it, and return the exit code."""
        ...


def run_command(
    kind: Any, arguments: Sequence[str] | None, *, prog: str, style: Sequence[Any] = STYLE
) -> int:
    """Parse and run a command of that dataclass, or of that union of dataclasses.

    `style` differs where settings that lie apart share a name and must keep their prefixes.
    """
    command: Command = tyro.cli(kind, args=arguments, prog=prog, config=style)
    set_up_logging(command.report)
    reporter = Reporter(command.report)
    try:
        return command.run(reporter)
    except LivePortraitError as error:
        reporter.fail(error)
        return exit_codes.FAILED
