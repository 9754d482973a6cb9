"""The command `liveportrait`: which word leads where, and how errors end."""

import signal
import sys
from collections.abc import Sequence
from types import FrameType

import liveportrait
from liveportrait.cli import exit_codes
from liveportrait.cli.words import Words
from liveportrait.errors import LivePortraitError

COMMANDS = {
    "animate": "make a face in a picture or a video move as another does",
    "edit": "change a face by sliders: pose, gaze, smile and more",
    "template": "make, inspect and convert motion templates",
    "weights": "list, verify, download and convert models",
    "doctor": "what is installed and what works here",
    "bench": "how fast a model is on this machine",
    "export": "write networks for other engines",
    "build": "make TensorRT plans of exported networks",
    "dataset": "identities to live images: plan, make, filter, evaluate, export",
    "train": "train a model",
    "evaluate": "measure a model",
}
"""Each is a module of this package with a `main(arguments)`; those that are not there are not offered."""


_WORDS = Words(
    prog="liveportrait",
    about="A portrait moves as another face does.",
    meanings=COMMANDS,
    more=(
        " Exit codes: 0 done, 1 failed (one message says why),\n"
        "2 a command line that is none, 3 some files of a batch failed, 130 stopped by Ctrl-C."
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see `exit_codes` for what is returned."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    match given:
        case ["--version" | "-V"]:
            sys.stdout.write(f"liveportrait {liveportrait.__version__}\n")
            return exit_codes.OK
        case [name, *rest] if name in _WORDS.available():
            return _run(name, rest)
        case _:
            return _WORDS.answer_for_none(given)


def _run(name: str, arguments: list[str]) -> int:
    earlier = signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _WORDS.run(name, arguments)
    except LivePortraitError as error:
        sys.stderr.write(f"error: {error}\n")
        return exit_codes.FAILED
    except KeyboardInterrupt:
        sys.stderr.write(f"{exit_codes.STOPPED}\n")
        return exit_codes.INTERRUPTED
    except SystemExit as end:  # tyro's, after help (0) or a faulty command line (2); ours, after SIGTERM
        code = end.code
    finally:
        signal.signal(signal.SIGTERM, earlier)
    return code if isinstance(code, int) else exit_codes.OK


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does, so that what is half-written is removed."""
    raise SystemExit(exit_codes.TERMINATED)
