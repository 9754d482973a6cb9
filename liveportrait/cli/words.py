"""A command that is a table of words, each a module of this package with a `main(arguments)`."""

import difflib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from liveportrait.cli import exit_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Which word leads where. Those whose module is not there are not offered."""

    prog: str
    about: str
    meanings: Mapping[str, str]
    prefix: str = ""
    """Of the modules' names: the word `plan` with the prefix `dataset_` is `cli.dataset_plan`."""
    more: str = ""
    """The end of the overview."""

    def available(self) -> list[str]:
        return [word for word in self.meanings if importlib.util.find_spec(self._module(word))]

    def run(self, word: str, arguments: Sequence[str]) -> int:
        """Imported here, so that no word waits for what another one needs."""
        return import_module(self._module(word)).main(arguments)

    def overview(self) -> str:
        width = max(map(len, self.meanings))
        lines = [f"  {word:<{width}}  {self.meanings[word]}" for word in self.available()]
        end = [f"{self.prog} COMMAND --help tells more.{self.more}", ""]
        return "\n".join([f"usage: {self.prog} COMMAND [OPTIONS]", "", self.about, "", *lines, "", *end])

    def answer_for_none(self, given: Sequence[str]) -> int:
        """To a command line without a known word: help if it asks for it, else what was meant."""
        match given:
            case ["-h" | "--help"]:
                sys.stdout.write(self.overview())
                return exit_codes.OK
            case [word, *_]:
                near = difflib.get_close_matches(word, self.available(), n=1)
                meant = f" Did you mean {near[0]}?" if near else ""
                sys.stderr.write(f"There is no command {word!r}.{meant}\n\n{self.overview()}")
            case _:
                sys.stderr.write(self.overview())
        return exit_codes.USAGE

    def _module(self, word: str) -> str:
        return f"liveportrait.cli.{self.prefix}{word}"
