"""The pages in docs/ name commands, options and presets that are there."""

import re
import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
import tyro

from liveportrait.cli.dataset import WORDS
from liveportrait.cli.running import STYLE
from liveportrait.dataset.planning.presets import PresetName

DOCS = Path(__file__).parents[1] / "docs"
DATASET = (DOCS / "dataset.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """The words after `liveportrait dataset` of every command."""
    blocks = re.findall(r"^```sh\n(.*?)^```", DATASET, re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    assert all(words[:2] == ["liveportrait", "dataset"] for words in lines)
    return [words[2:] for words in lines]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_commands_parse(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(kind: Any, arguments: Sequence[str], *, prog: str, style: Sequence[Any] = STYLE) -> int:
        return 0 if tyro.cli(kind, args=arguments, prog=prog, config=style) else 1

    module = import_module(f"liveportrait.cli.dataset_{words[0]}")
    monkeypatch.setattr(module, "run_command", parsed)
    assert module.main(words[1:]) == 0


def test_every_word_and_preset_is_told_of() -> None:
    assert {words[0] for words in commands()} == set(WORDS.available())
    assert all(f"| `{name}` |" in DATASET for name in get_args(PresetName))


def test_options_in_the_text_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    known = set()
    for words in (["run"], ["plan", "documents"], ["export"], ["embed"], ["evaluate"], ["prompts"]):
        with pytest.raises(SystemExit):
            import_module(f"liveportrait.cli.dataset_{words[0]}").main([*words[1:], "--help"])
        known |= set(re.findall(r"--[a-z0-9.-]+", capsys.readouterr().out))
    told = {
        option
        for code in re.findall(r"`([^`\n]+)`", DATASET)
        for option in re.findall(r"--[a-z0-9.-]+", code)
    }
    assert told <= known
