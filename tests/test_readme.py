"""The README is true: its code runs, its commands parse, its tables are the manifest's and the tree's."""

import importlib
import importlib.util
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
import tyro

from liveportrait.checkpoints.manifest import KnownFile, read_manifest
from liveportrait.cli.main import main
from liveportrait.cli.running import STYLE
from tests.portraits import ASTRONAUT, swaying, write_video

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """The words of every command in the shell blocks."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def table_under(heading: str) -> list[list[str]]:
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("block", blocks("python"))
def test_python_blocks_run(
    block: str, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the tiny model where the README names mini, and a short driver in place of the example's."""
    (tmp_path / "examples").mkdir()
    shutil.copy(ASTRONAUT, tmp_path / "examples")
    write_video(tmp_path / "examples" / "driving.mp4", swaying(3))
    monkeypatch.chdir(tmp_path)
    exec(compile(block.replace('"mini"', repr(str(tiny_model))), "README.md", "exec"), {})
    assert {path.name for path in tmp_path.iterdir()} == {"examples", "result.mp4", "smile.png"}


def test_there_is_code_to_run() -> None:
    assert blocks("python")
    assert commands()


@pytest.mark.parametrize("words", [words for words in commands() if words[1:4:2] == ["-m", "dataset"]])
def test_dataset_commands_are_there(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words[3:5], "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: liveportrait dataset {words[4]}")


@pytest.mark.parametrize("words", [words for words in commands() if words[0] == "liveportrait"])
def test_commands_parse(words: list[str]) -> None:
    module = importlib.import_module(f"liveportrait.cli.{words[1]}")
    assert tyro.cli(module.Command, args=words[2:], config=STYLE)


def test_other_commands_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    for program, *words in commands():
        match program:
            case "make":
                assert set(words) <= set(targets)
            case "python":
                assert words[0] == "-m" and importlib.util.find_spec(words[1])
            case ".":
                assert words == [".venv/bin/activate"]
            case _:
                assert program == "liveportrait"


def test_the_environment_is_active_before_its_programs_are_named() -> None:
    programs = [words[0] for words in commands()]
    assert "." in programs[: min(map(programs.index, ("liveportrait", "python")))]


def test_extras_are_those_of_the_package_and_installed_from_the_checkout() -> None:
    """Nothing is published: `pip install liveportrait[...]` would find nothing, or another's package."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed = re.findall(r"pip install ([^`]+)`", README)
    assert installed
    for what in installed:
        extra = re.fullmatch(r"'\.\[([a-z0-9-]+)\]'", what)
        assert extra and extra[1] in project["optional-dependencies"], what


def row_of(known: KnownFile) -> list[str]:
    rows = {row[0]: row for row in table_under("Licences")}
    if "InsightFace" in known.licence.spdx:
        (name,) = (name for name in rows if "InsightFace" in name)
    elif known in read_manifest().released:
        (name,) = (name for name in rows if name.startswith("released"))
    else:
        (name,) = (name for name in rows if f"weights/{known.path.split('/')[0]}`" in name)
    return rows[name]


@pytest.mark.parametrize(
    "known", [*read_manifest().bundled, *read_manifest().released], ids=lambda known: known.path
)
def test_the_licence_table_is_that_of_the_manifest(known: KnownFile) -> None:
    _, licence, commercial = row_of(known)
    assert commercial.strip("*") == ("yes" if known.licence.commercial_use else "no")
    if not known.licence.spdx.startswith("LicenseRef-"):
        assert known.licence.spdx in licence


def test_every_tracked_model_has_a_row() -> None:
    folders = [path.name for path in (REPOSITORY / "weights").iterdir() if path.is_dir()]
    for folder in folders:
        assert any(f"weights/{folder}`" in row[0] for row in table_under("Licences")), folder


def test_the_map_shows_what_is_there() -> None:
    for where, _ in table_under("Map"):
        for path in re.findall(r"`([^`]+)`", where):
            places = (REPOSITORY / path, REPOSITORY / "liveportrait" / path)
            assert any(place.exists() for place in places), path


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", README):
        assert (REPOSITORY / target).exists(), target
