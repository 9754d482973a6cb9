"""Tensors out of a file that may be anything: nothing in it is executed, and nothing grows on reading."""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from liveportrait.errors import WeightsError

MAX_TENSORS = 10_000
"""More than any checkpoint holds; a file whose sections share one huge dictionary would multiply."""

FRESH_COPY = "Fetch the file again; `liveportrait weights download` checks what it fetches."


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a .safetensors or .pth file by name, on the CPU; sections are joined by dots.

    Of a .pth file the upper two levels of dictionaries are read; what is not a tensor is
    left out, as are optimiser states further down.
    """
    match _kind(path):
        case "safetensors":
            return _read_safetensors(path)
        case "torch":
            return dict(_named_tensors(path, _read_torch(path)))


def read_metadata(path: Path) -> dict[str, str]:
    """The notes of a .safetensors file; empty for other files."""
    if _kind(path) != "safetensors":
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as fault:
        raise _damaged(path, fault) from fault


def _kind(path: Path) -> Literal["safetensors", "torch"]:
    """Told from the first bytes, since names lie."""
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError as fault:
        raise WeightsError(f"{path} cannot be read: {fault.strerror}.") from fault
    if not head:
        raise WeightsError(f"{path} is empty: expected a checkpoint. {FRESH_COPY}")
    if head.startswith(b"version https://git-lfs"):
        raise WeightsError(
            f"{path} is a Git LFS pointer, not the checkpoint it points to. Run `git lfs pull` where it "
            f"was cloned. {FRESH_COPY}"
        )
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise WeightsError(f"{path} is a web page that was saved in place of a checkpoint. {FRESH_COPY}")
    if head.startswith(b"PK\x03\x04"):
        return "torch"
    if head[8:9] == b"{":
        return "safetensors"
    raise WeightsError(
        f"{path} is no checkpoint: expected the zip format of torch.save or safetensors. Bare pickles are "
        f"not opened, they can run code; where you trust one, load it and save it again with torch.save. "
        f"{FRESH_COPY}"
    )


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
    except (SafetensorError, OSError, ValueError) as fault:
        raise _damaged(path, fault) from fault


def _read_torch(path: Path) -> object:
    _check_archive(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (
        Exception
    ) as fault:  # a broken archive fails in the reader, the unpickler or a tensor's constructor
        if "weights_only" in str(fault).lower():
            raise WeightsError(
                f"{path} holds more than tensors and numbers ({_first_line(fault)}) and was not opened: such "
                f"a file can run code. {FRESH_COPY}"
            ) from fault
        raise _damaged(path, fault) from fault


def _check_archive(path: Path) -> None:
    """torch.save stores without compression: an archive that is larger inside than outside is an attack."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise _damaged(path, fault) from fault
    inside = sum(entry.file_size for entry in entries)
    if inside > path.stat().st_size or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise WeightsError(
            f"{path} is a compressed archive of {inside} bytes, which torch.save does not write; it was not "
            f"opened. {FRESH_COPY}"
        )


def _named_tensors(path: Path, content: object) -> Iterator[tuple[str, Tensor]]:
    if not isinstance(content, Mapping):
        raise WeightsError(
            f"{path} holds a {type(content).__name__}: expected a dictionary of tensors. {FRESH_COPY}"
        )
    for count, (name, value) in enumerate(_two_levels(content)):
        if count == MAX_TENSORS:
            raise WeightsError(f"{path} holds more than {MAX_TENSORS} tensors and was not read. {FRESH_COPY}")
        if isinstance(value, Tensor):
            yield name, _plain(path, name, value)


def _two_levels(content: Mapping[object, object]) -> Iterator[tuple[str, object]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", leaf) for inner, leaf in value.items())
        else:
            yield str(name), value


def _plain(path: Path, name: str, tensor: Tensor) -> Tensor:
    """Sparse, quantised and dataless tensors load, but no network has them."""
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta or tensor.is_complex():
        raise WeightsError(f"{path}: {name} is not a plain tensor of numbers. {FRESH_COPY}")
    return tensor.detach()


def _damaged(path: Path, fault: Exception) -> WeightsError:
    return WeightsError(f"{path} is damaged or cut off ({_first_line(fault)}). {FRESH_COPY}")


def _first_line(fault: Exception) -> str:
    lines = str(fault).strip().splitlines()
    return (lines[0] if lines else type(fault).__name__)[:200]
