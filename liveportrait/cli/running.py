"""From the words of a command line to a command that runs, with its faults in words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

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
    command: Command = tyro.cli(kind, args=arguments, prog=prog, config=style, registry=_registry())
    set_up_logging(command.report)
    reporter = Reporter(command.report)
    try:
        return command.run(reporter)
    except LivePortraitError as error:
        reporter.fail(error)
        return exit_codes.FAILED
    except KeyboardInterrupt:
        reporter.facts({"error": "Interrupted", "message": exit_codes.STOPPED})
        raise


def _registry() -> ConstructorRegistry:
    """How words are read: as tyro does, but for paths."""
    registry = ConstructorRegistry()
    registry.primitive_rule(_path_rule)
    return registry


def _path_rule(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[Path] | None:
    if info.type is not Path:
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar="PATH",
        instance_from_str=lambda words: _path(words[0]),
        is_instance=lambda value: isinstance(value, Path),
        str_from_instance=lambda path: [str(path)],
    )


def _path(word: str) -> Path:
    """An empty one, of a variable of the shell that is not set, would be the folder one is in."""
    if not word.strip():
        raise ValueError("the path is empty")
    return Path(word)
