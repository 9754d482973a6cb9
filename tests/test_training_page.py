"""docs/training.md is true: its commands parse, its recipes are those there are, its files exist."""

import re
import shlex
from pathlib import Path

import pytest
import tyro

from liveportrait.cli import evaluate, train
from liveportrait.cli.running import STYLE
from liveportrait.training.recipes import RECIPES

REPOSITORY = Path(__file__).parents[1]
PAGE = (REPOSITORY / "docs" / "training.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_every_command_parses() -> None:
    """Those of torchrun from where they start this library."""
    parsed = 0
    for words in commands():
        match words[words.index("liveportrait") + 1 :] if "liveportrait" in words else []:
            case ["train", *arguments]:
                assert tyro.cli(train._command(), args=arguments, config=(tyro.conf.FlagCreatePairsOff,))
                parsed += 1
            case ["evaluate", *arguments]:
                assert tyro.cli(evaluate.Command, args=arguments, config=STYLE)
                parsed += 1
    assert parsed == len(commands()) - 1, "all but make"


@pytest.mark.parametrize("words", [["prepare"], ["run", "mini"], ["export"]], ids=lambda words: words[0])
def test_options_named_in_the_text_are_there(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    named = set(re.findall(r"`(--[a-z0-9.-]+)", PAGE)) - {"--help", "--model"}
    of_others = {"prepare": {"--clip"}, "export": {"--licence", "--origin"}}
    mine = {name for name in named if _command_of(name, of_others) == words[0]}
    assert mine
    with pytest.raises(SystemExit):
        tyro.cli(train._command(), args=[*words, "--help"], config=(tyro.conf.FlagCreatePairsOff,))
    assert not mine - set(re.findall(r"--[a-z0-9.-]+", capsys.readouterr().out))


def _command_of(option: str, of_others: dict[str, set[str]]) -> str:
    """Which command the text means; `train run` has all that no other claims."""
    return next((name for name, prefixes in of_others.items() if option.partition(".")[0] in prefixes), "run")


def test_the_recipes_are_those_there_are() -> None:
    assert set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE)) == set(RECIPES)


def test_what_it_points_to_is_there() -> None:
    assert (REPOSITORY / "weights/mini/training_log.csv").is_file()
    assert re.search(r"^train-smoke:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
