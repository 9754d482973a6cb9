"""What `import liveportrait` offers."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import liveportrait
from liveportrait import errors

REPOSITORY = Path(__file__).parents[1]


def in_a_fresh_process(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("name", liveportrait.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(liveportrait, name) is not None
    assert name in dir(liveportrait)


def test_the_names_for_type_checkers_are_the_names_that_load() -> None:
    text = (REPOSITORY / "liveportrait" / "__init__.py").read_text()
    checked = {line.split()[-1] for line in text.splitlines() if line.startswith("    from liveportrait.")}
    assert checked | {"__version__"} == set(liveportrait.__all__)
    for line in (line.split() for line in text.splitlines() if line.startswith("    from liveportrait.")):
        assert liveportrait._HOMES[line[-1]] == line[1].removeprefix("liveportrait.")


def test_every_error_that_is_spoken_of_can_be_caught_by_name() -> None:
    things = [getattr(liveportrait, name) for name in liveportrait.__all__ if name != "__version__"]
    methods = [method for thing in things if inspect.isclass(thing) for method in vars(thing).values()]
    docstrings = [inspect.getdoc(thing) or "" for thing in (*things, *methods)]
    told = " ".join(docstring.partition("Raises:")[2] for docstring in docstrings)
    spoken_of = set(re.findall(r"\b[A-Z]\w+Error\b", told))
    assert {"NoFaceError", "WeightsError", "TemplateError"} <= spoken_of <= set(liveportrait.__all__)
    ours = {name for name, thing in vars(errors).items() if inspect.isclass(thing)}
    assert ours <= set(liveportrait.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Animatr"):
        liveportrait.Animatr  # noqa: B018 (the access is the test)


def test_importing_is_light() -> None:
    started = "import sys, liveportrait; print('torch' in sys.modules, 'cv2' in sys.modules)"
    assert in_a_fresh_process(started) == "False False"


def test_loading_a_model_does_not_import_the_compiler() -> None:
    """It takes longer than all the rest of the start."""
    load = "import sys; from liveportrait.checkpoints.catalogue import load_named_model as load; load('mini')"
    assert in_a_fresh_process(f"{load}; print('torch._dynamo' in sys.modules)") == "False"


def test_every_public_thing_says_what_it_is_for() -> None:
    for name in liveportrait.__all__:
        if name != "__version__":
            assert getattr(liveportrait, name).__doc__, name
