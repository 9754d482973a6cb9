"""What a command says, to people or to programs."""

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro
from rich.console import Console
from rich.table import Table

from liveportrait.errors import LivePortraitError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What is said."""

    json: bool = False
    """Print one JSON object instead of sentences; errors too."""
    quiet: bool = False
    """Say nothing but errors."""
    verbose: Annotated[tyro.conf.UseCounterAction[int], tyro.conf.arg(aliases=["-v"])] = 0
    """Log to stderr: -v what is done, -vv every detail."""


class Reporter:
    """Results on stdout, faults and progress on stderr. With `json` stdout holds one object and no more."""

    def __init__(self, options: ReportOptions) -> None:
        self.options = options
        # Where no terminal sets a width, tables are not to be cut to rich's 80 columns.
        width = None if sys.stdout.isatty() else 200
        self._out = Console(soft_wrap=True, markup=False, highlight=False, width=width)
        self.err = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)

    @property
    def shows_progress(self) -> bool:
        """Only where somebody sits at a terminal."""
        return self.err.is_terminal and not self.options.quiet

    def result(self, facts: Mapping[str, Any], sentence: str) -> None:
        """The end of a command: facts for programs, a sentence for people."""
        self.facts(facts)
        self.say(sentence)

    def skipped(self, output: Path) -> None:
        """The end of a command that had nothing to do."""
        self.result({"state": "skipped", "output": str(output)}, f"{output} exists, skipped")

    def facts(self, facts: Mapping[str, Any]) -> None:
        """The same for programs alone, where people were told before."""
        if self.options.json:
            sys.stdout.write(json.dumps(facts, indent=1, default=str) + "\n")

    def say(self, sentence: str) -> None:
        """Tell people on the way."""
        if not (self.options.json or self.options.quiet):
            self._out.print(sentence)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under a head, to people."""
        if self.options.json or self.options.quiet:
            return
        table = Table(*head, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*row)
        self._out.print()
        self._out.print(table)

    def warn(self, sentence: str) -> None:
        """Something went otherwise than wished, and the work goes on."""
        self.err.print(sentence)

    def fail(self, error: LivePortraitError) -> None:
        """The one message of a command that failed."""
        if self.options.json:
            facts = {"error": type(error).__name__, "message": str(error)}
            sys.stdout.write(json.dumps(facts, indent=1) + "\n")
        self.err.print(f"error: {error}")


def set_up_logging(options: ReportOptions) -> None:
    """The library logs; here it is decided what is shown."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(options.verbose, logging.DEBUG)
    if options.quiet:
        level = logging.ERROR
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("liveportrait")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False
