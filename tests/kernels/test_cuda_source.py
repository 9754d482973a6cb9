"""CUDA sources equal their float64 oracles, run as C++ on the CPU, and compile for all generations."""

import ctypes
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kernels.paste_image import oracle as paste_oracle
from kernels.picture_bytes import oracle as bytes_oracle
from tests.kernels.cases import paste_case

HERE = Path(__file__).parent
KERNELS = HERE.parents[1] / "kernels"
SOURCES = {"picture_bytes": ("image_from_bytes", "bytes_from_image"), "paste_image": ("paste_image",)}
CAPABILITIES = ("80", "89", "90", "120")
MOST_REGISTERS = 64
"""A thread: four blocks of 256 threads still fit on a multiprocessor."""
MARGIN = 32
"""Values around every array, which no kernel may change."""

COMPILER = os.environ.get("CXX", "g++")
needs_compiler = pytest.mark.skipif(
    shutil.which(COMPILER) is None, reason=f"NOT RUN: there is no C++ compiler ({COMPILER}); set CXX"
)
needs_nvcc = pytest.mark.skipif(
    shutil.which("nvcc") is None, reason="NOT RUN: nvcc, of the CUDA toolkit, is not on the path"
)


class Index(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint) for name in "xyz"]


@dataclass(frozen=True)
class OnHost:
    """The kernels of one source, as functions of this process."""

    library: ctypes.CDLL

    def launch(
        self,
        kernel: str,
        *arguments: np.ndarray | int,
        grid: tuple[int, int, int],
        block: tuple[int, int, int],
    ) -> None:
        address = ctypes.c_void_p.in_dll(self.library, f"launch_{kernel}").value
        given = [
            ctypes.c_int(one) if isinstance(one, int) else one.ctypes.data_as(ctypes.c_void_p)
            for one in arguments
        ]
        kinds = [Index, Index, *(type(one) for one in given)]
        assert address is not None
        ctypes.CFUNCTYPE(None, *kinds)(address)(Index(*grid), Index(*block), *given)


@pytest.fixture(scope="module")
def on_host(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], OnHost]:
    def build(folder: str) -> OnHost:
        place = tmp_path_factory.mktemp(folder)
        lines = [HERE / "cuda_on_host.h", KERNELS / folder / "cuda_kernel.cu"]
        text = [f'#include "{line}"' for line in lines] + [f"LAUNCHABLE({name})" for name in SOURCES[folder]]
        (place / "all.cpp").write_text("\n".join(text) + "\n")
        subprocess.run(
            [
                COMPILER,
                "-std=c++17",
                "-O1",
                "-Wall",
                "-Werror",
                "-shared",
                "-fPIC",
                "all.cpp",
                "-o",
                "all.so",
            ],
            cwd=place,
            check=True,
        )
        return OnHost(ctypes.CDLL(str(place / "all.so")))

    return build


def guarded(shape: tuple[int, ...], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """An array within a larger one, which stays 77 around it."""
    whole = np.full(int(np.prod(shape)) + 2 * MARGIN, 77, dtype)
    return whole[MARGIN:-MARGIN].reshape(shape), whole


def assert_margins_stay(whole: np.ndarray) -> None:
    assert (whole[:MARGIN] == 77).all() and (whole[-MARGIN:] == 77).all()


@needs_compiler
def test_every_byte_to_an_image_and_back(on_host: Callable[[str], OnHost]) -> None:
    kernels = on_host("picture_bytes")
    pixels = np.random.default_rng(0).permutation(np.arange(2 * 11 * 37 * 3) % 256).astype(np.uint8)
    pixels = pixels.reshape(2, 11, 37, 3)
    launch = {"grid": (-(-11 * 37 // 64), 2, 1), "block": (64, 1, 1)}
    image, whole = guarded((2, 3, 11, 37), np.float32)
    kernels.launch("image_from_bytes", pixels, image, 11 * 37, **launch)
    assert np.array_equal(image, bytes_oracle.image_from_bytes(pixels).astype(np.float32))
    assert_margins_stay(whole)
    back, whole = guarded(pixels.shape, np.uint8)
    kernels.launch("bytes_from_image", image, back, 11 * 37, **launch)
    assert np.array_equal(back, pixels)
    assert_margins_stay(whole)


@needs_compiler
def test_an_image_is_cut_to_its_range(on_host: Callable[[str], OnHost]) -> None:
    image = np.linspace(-2, 3, 3 * 5 * 9, dtype=np.float32).reshape(1, 3, 5, 9)
    found = np.empty((1, 5, 9, 3), np.uint8)
    on_host("picture_bytes").launch("bytes_from_image", image, found, 45, grid=(2, 1, 1), block=(32, 1, 1))
    assert np.array_equal(found, bytes_oracle.bytes_from_image(image))


@needs_compiler
def test_paste_image(on_host: Callable[[str], OnHost]) -> None:
    kernels = on_host("paste_image")
    for part_hw in ((9, 11), (1, 1), (20, 31)):
        part, image, weights, transform = paste_case(part_hw=part_hw)
        image, weights, transform = (array.astype(np.float32) for array in (image, weights, transform))
        pasted, whole = guarded(part.shape, np.uint8)
        (height, width), sizes = part_hw, image.shape[-2:]
        kernels.launch(
            *("paste_image", part, image, weights, transform, pasted, height, width, *sizes),
            grid=(-(-width // 8), -(-height // 4), 1),
            block=(8, 4, 1),
        )
        # Half a level by rounding, and what fp32 leaves of a place.
        assert np.abs(pasted - paste_oracle.paste_image(part, image, weights, transform)).max() < 0.51
        assert_margins_stay(whole)


@needs_nvcc
@pytest.mark.parametrize("folder", SOURCES)
def test_within_limits(folder: str, tmp_path: Path) -> None:
    targets = [f"-gencode=arch=compute_{one},code=sm_{one}" for one in CAPABILITIES]
    source = KERNELS / folder / "cuda_kernel.cu"
    done = subprocess.run(
        [
            "nvcc",
            "-fatbin",
            *targets,
            "--resource-usage",
            "-Werror=all-warnings",
            source,
            "-o",
            tmp_path / "all.fatbin",
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    compiled = re.findall(r"entry function '(\w+)' for 'sm_(\w+)'", told)
    assert sorted(compiled) == sorted((name, one) for name in SOURCES[folder] for one in CAPABILITIES)
    spills = re.findall(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", told)
    assert len(spills) == len(compiled) and all(set(one) == {"0"} for one in spills)
    assert max(int(count) for count in re.findall(r"Used (\d+) registers", told)) <= MOST_REGISTERS
    assert "smem" not in told
