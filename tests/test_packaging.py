"""The wheel, built here and installed outside of the checkout, is complete and alone."""

import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import liveportrait
from liveportrait.checkpoints.manifest import read_manifest
from liveportrait.media.images import read_image

REPOSITORY = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed and finds no package by way of the environment."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, check=False, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, REPOSITORY)
    run(sys.executable, "-m", "pip", *build, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and what it asks for, and nothing else.

    What it asks for is this environment's, by links: neither the checkout nor a package that the wheel
    does not declare can be imported there.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    site_packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (ours,) = metadata.distributions(path=[str(site_packages)])
    for distribution in brought_along(ours):
        for place in places_of(distribution):
            (site_packages / place.name).symlink_to(place)
    return python


def brought_along(package: metadata.Distribution) -> list[metadata.Distribution]:
    """The distributions here that a package requires without any of its extras, and what they require."""
    found: dict[str, metadata.Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(package, "")]
    while waiting:
        asking, extra = waiting.pop()
        for wanted in map(Requirement, asking.requires or ()):
            if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
                continue
            name = canonicalize_name(wanted.name)
            found[name] = found.get(name) or metadata.distribution(name)
            asked = {(name, one) for one in ("", *wanted.extras)} - seen
            waiting += [(found[name], one) for _, one in asked]
            seen |= asked
    return list(found.values())


def places_of(distribution: metadata.Distribution) -> list[Path]:
    """Its modules, packages and libraries at the top of site-packages."""
    tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
    return [Path(str(distribution.locate_file(top))) for top in sorted(tops)]


def test_only_our_package_is_at_the_top(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"liveportrait"}


def test_the_wheel_holds_types_licence_and_every_tracked_weights_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = (path for path in (REPOSITORY / "weights").rglob("*") if path.is_file() and path.suffix != ".pyc")
    weights = [path.relative_to(REPOSITORY) for path in files]
    wanted = {"liveportrait/py.typed"} | {f"liveportrait/{path.as_posix()}" for path in weights}
    assert wanted <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_states_the_licence_of_everything_in_it(wheel: Path) -> None:
    """Of the code and of each weights file, and its text: who reads MIT alone takes too much as allowed."""
    with zipfile.ZipFile(wheel) as archive:
        (place,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        stated = metadata.PathDistribution(zipfile.Path(archive, place.removesuffix("METADATA"))).metadata
        texts = {name.partition("/licenses/")[2] for name in archive.namelist() if not name.endswith("/")}
    licences = {known.licence.spdx for known in read_manifest().bundled}
    assert set(stated["License-Expression"].split(" AND ")) == {"MIT"} | licences
    folders = {known.path.split("/")[0] for known in read_manifest().bundled}
    wanted = {f"weights/{folder}/LICENSE" for folder in folders} | {"LICENSE", "THIRD_PARTY_NOTICES.md"}
    assert texts - {""} == set(stated.get_all("License-File") or ()) == wanted


def test_the_notices_name_what_is_there() -> None:
    notices = (REPOSITORY / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
    named = {
        name for name in re.findall(r"`([^`]+)`", notices) if "/" in name and not name.startswith("github")
    }
    assert {"weights/face/", "weights/mini/", "examples/driving.mp4"} <= named
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []


def test_the_wheel_holds_the_kernels_where_ops_look_for_them(wheel: Path) -> None:
    kernels = [path.relative_to(REPOSITORY) for path in (REPOSITORY / "kernels").rglob("triton_kernel.py")]
    with zipfile.ZipFile(wheel) as archive:
        assert {f"liveportrait/{path.as_posix()}" for path in kernels} <= set(archive.namelist())
    assert kernels


def test_the_installed_package_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    report = run(
        installed, "-c", "import liveportrait as l; print(l.__file__); print(l.__version__)", cwd=tmp_path
    )
    location, version = report.splitlines()
    assert Path(location).is_relative_to(installed.parents[1])
    assert version == liveportrait.__version__


def test_what_the_wheel_does_not_declare_cannot_be_imported(installed: Path, tmp_path: Path) -> None:
    program = (
        "import importlib.util as u; print([n for n in ('pytest', 'hypothesis', 'onnx') if u.find_spec(n)])"
    )
    assert run(installed, "-c", program, cwd=tmp_path).strip() == "[]"


def test_what_needs_no_extra_is_there_without(installed: Path, tmp_path: Path) -> None:
    words = ("animate", "edit", "template", "weights", "doctor", "bench", "export", "build")
    modules = ", ".join(f"liveportrait.cli.{word}" for word in words)
    run(installed, "-c", f"import {modules}", cwd=tmp_path)


def test_the_installed_weights_are_as_published(installed: Path, tmp_path: Path) -> None:
    program = (
        "from liveportrait.checkpoints.catalogue import verify_bundled;"
        "print(*{f'{check.path} {check.status}' for check in verify_bundled()}, sep='\\n')"
    )
    for line in run(installed, "-c", program, cwd=tmp_path).splitlines():
        assert line.startswith(str(installed.parents[1]))
        assert line.endswith("as published")


def test_importing_the_package_loads_no_torch(installed: Path, tmp_path: Path) -> None:
    program = "import sys, liveportrait; print('torch' in sys.modules)"
    assert run(installed, "-c", program, cwd=tmp_path).strip() == "False"


def test_the_installed_wheel_animates_with_nothing_else(installed: Path, tmp_path: Path) -> None:
    portrait = REPOSITORY / "examples" / "astronaut.jpg"
    files = ("-s", portrait, "-d", portrait, "-o", tmp_path / "moved.png")
    run(installed, "-m", "liveportrait", "animate", *files, "--engine", "torch", cwd=tmp_path)
    result, source = read_image(tmp_path / "moved.png").image, read_image(portrait).image
    assert result.shape == source.shape
    # A portrait that leads itself shows the person; only its expression is brought to rest.
    assert np.abs(result.astype(int) - source).mean() < 8
