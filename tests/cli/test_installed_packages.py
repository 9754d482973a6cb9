"""What `doctor` says of packages, from requirements as a package's metadata writes them."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from liveportrait.cli.installed_packages import package_rows

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_packages_stand_with_their_version_or_with_what_brings_them() -> None:
    rows = package_rows(
        [
            "numpy>=2.0",
            "not-here-1",
            "not-here-2>=1.18; extra == 'onnx'",
            'not-here-2>=1.18 ; extra == "train"',
            "not-here-3[more]>=3.2; (sys_platform == 'linux') and extra == 'kernels'",
            "pytest>=8.3; extra == 'dev'",
        ]
    )
    assert rows == [
        ("numpy", version("numpy")),
        ("not-here-1", "missing"),
        ("not-here-2", "not installed: pip install 'liveportrait[onnx]'"),
        ("not-here-3", "not installed: pip install 'liveportrait[kernels]'"),
    ]


def test_a_folder_that_was_not_installed_says_so() -> None:
    ((name, said),) = package_rows([])
    assert name == "liveportrait" and "not installed" in said


def test_whatever_an_extra_installs_is_imported_somewhere() -> None:
    """An extra that no line needs promises what is not there; tools and parts of others are named here."""
    imported_as = {
        "huggingface-hub": "huggingface_hub",
        "onnxruntime-gpu": "onnxruntime",
        "lightning-fabric": "lightning_fabric",
        "c2pa-python": "c2pa",
        "face-alignment": "face_alignment",
        "tensorrt-rtx": "tensorrt_rtx",
    }
    not_imported_by_us = {"onnxscript", "accelerate", "peft"}
    extras = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {
        re.split(r"[>=; ]", line)[0] for name, lines in extras.items() if name != "dev" for line in lines
    }
    code = [
        path.read_text(encoding="utf-8")
        for folder in ("liveportrait", "kernels")
        for path in (PYPROJECT.parent / folder).rglob("*.py")
    ]
    for package in sorted(named - not_imported_by_us):
        module = imported_as.get(package, package)
        wanted = re.compile(rf"""(import|from) {module}\b|["']{module}[."']""")
        assert any(wanted.search(text) for text in code), package
