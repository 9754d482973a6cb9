"""The command `liveportrait`: which word leads where, and how errors end."""

import difflib
import importlib
import importlib.util
import signal
import sys
from collections.abc import Sequence
from types import FrameType

import liveportrait
from liveportrait.cli import exit_codes
from liveportrait.errors import LivePortraitError

COMMANDS = {
    "animate": "make a face in a picture or a video move as another does",
    "edit": "change a face by sliders: pose, gaze, smile and more",
    "template": "make, inspect and convert motion templates",
    "weights": "list, verify, download and convert models",
    "doctor": "what is installed and what works here",
    "bench": "how fast a model is on this machine",
    "export": "write networks for other engines",
    "dataset": "make training data",
    "train": "train a model",
    "evaluate": "measure a model",
}
"""Each is a module of this package with a `main(arguments)`; those that are not there are not offered."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see `exit_codes` for what is returned."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    match given:
        case ["--version" | "-V"]:
            sys.stdout.write(f"liveportrait {liveportrait.__version__}\n")
            return exit_codes.OK
        case ["-h" | "--help"]:
            sys.stdout.write(_overview())
            return exit_codes.OK
        case [name, *rest] if name in _available():
            return _run(name, rest)
        case [name, *_]:
            near = difflib.get_close_matches(name, _available(), n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            sys.stderr.write(f"There is no command {name!r}.{meant}\n\n{_overview()}")
        case _:
            sys.stderr.write(_overview())
    return exit_codes.USAGE


def _run(name: str, arguments: list[str]) -> int:
    earlier = signal.signal(signal.SIGTERM, _terminate)
    try:
        # Imported here, so that no command waits for what another one needs.
        code = importlib.import_module(f"liveportrait.cli.{name}").main(arguments)
    except LivePortraitError as error:
        sys.stderr.write(f"error: {error}\n")
        return exit_codes.FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing half-written was left.\n")
        return exit_codes.INTERRUPTED
    except SystemExit as end:  # tyro's, after help (0) or a faulty command line (2); ours, after SIGTERM
        code = end.code
    finally:
        signal.signal(signal.SIGTERM, earlier)
    return code if isinstance(code, int) else exit_codes.OK


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does, so that what is half-written is removed."""
    raise SystemExit(exit_codes.TERMINATED)


def _available() -> list[str]:
    return [name for name in COMMANDS if importlib.util.find_spec(f"liveportrait.cli.{name}")]


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {COMMANDS[name]}" for name in _available()]
    return "\n".join(
        [
            "usage: liveportrait COMMAND [OPTIONS]",
            "",
            "A portrait moves as another face does.",
            "",
            *lines,
            "",
            "liveportrait COMMAND --help tells more. Exit codes: 0 done, 1 failed (one message says why),",
            "2 a command line that is none, 3 some files of a batch failed, 130 stopped by Ctrl-C.",
            "",
        ]
    )
