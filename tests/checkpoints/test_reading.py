"""Files that a user may bring as a checkpoint, good and hostile."""

import contextlib
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from liveportrait.checkpoints.reading import read_metadata, read_tensors
from liveportrait.errors import WeightsError

STATE = {"first.weight": torch.arange(6.0).reshape(2, 3), "first.count": torch.tensor(7)}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "network.pth"
    torch.save(STATE, path)
    return path


def assert_same(got: dict[str, torch.Tensor]) -> None:
    assert got.keys() == STATE.keys()
    assert all(
        torch.equal(got[name], value) and got[name].dtype == value.dtype for name, value in STATE.items()
    )


def test_a_torch_file_is_read(checkpoint: Path) -> None:
    assert_same(read_tensors(checkpoint))


def test_a_safetensors_file_is_read_with_its_notes_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.pth"
    save_file(STATE, path, metadata={"licence": "MIT"})
    assert_same(read_tensors(path))
    assert read_metadata(path) == {"licence": "MIT"}


def test_a_torch_file_has_no_notes(checkpoint: Path) -> None:
    assert read_metadata(checkpoint) == {}


def test_sections_are_joined_by_dots_and_what_is_no_tensor_is_left_out(tmp_path: Path) -> None:
    deep = {"state": {0: {"exp_avg": torch.zeros(2)}}, "lr": 0.1}
    torch.save({"section": STATE, "iteration": 3, "optimiser": deep}, tmp_path / "nested.pth")
    assert_same(
        {name.removeprefix("section."): t for name, t in read_tensors(tmp_path / "nested.pth").items()}
    )


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch '{self.marker}'",)


def test_a_malicious_archive_is_refused_and_does_not_run(tmp_path: Path) -> None:
    marker, path = tmp_path / "owned", tmp_path / "evil.pth"
    torch.save({"first.weight": torch.ones(1), "extra": Payload(marker)}, path)
    with pytest.raises(WeightsError, match="can run code"):
        read_tensors(path)
    assert not marker.exists()


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_bare_pickle_is_refused_and_does_not_run(tmp_path: Path, protocol: int) -> None:
    marker, path = tmp_path / "owned", tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Payload(marker), protocol=protocol))
    with pytest.raises(WeightsError, match="Bare pickles are not opened"):
        read_tensors(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\n  <HTML><body>Sign in</body></HTML>", "web page"),
        (b"not a checkpoint at all", "is no checkpoint"),
        (b"PK\x03\x04 but nothing behind", "damaged or cut off"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{", "damaged or cut off"),
        (b"\x02\x00\x00\x00\x00\x00\x00\x00{}", None),
    ],
)
def test_what_is_no_checkpoint_is_named(tmp_path: Path, content: bytes, message: str | None) -> None:
    path = tmp_path / "network.pth"
    path.write_bytes(content)
    if message is None:
        assert read_tensors(path) == {}
        return
    with pytest.raises(WeightsError, match=message):
        read_tensors(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.pth", tmp_path):
        with pytest.raises(WeightsError, match="cannot be read"):
            read_tensors(path)


def test_a_compressed_archive_is_refused_before_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}.")
        archive.writestr("archive/data/0", bytes(20 * 2**20))
    assert path.stat().st_size < 2**20
    with pytest.raises(WeightsError, match="compressed archive of 20971"):
        read_tensors(path)


def test_a_section_that_holds_itself_ends(tmp_path: Path) -> None:
    circle: dict[str, Any] = {"weight": torch.ones(1)}
    circle["again"] = circle
    torch.save(circle, tmp_path / "circle.pth")
    assert set(read_tensors(tmp_path / "circle.pth")) == {"weight", "again.weight"}


def test_a_shared_section_does_not_multiply(tmp_path: Path) -> None:
    shared = {str(i): 0 for i in range(1000)}
    torch.save({str(i): shared for i in range(1000)}, tmp_path / "wide.pth")
    with pytest.raises(WeightsError, match="more than 10000"):
        read_tensors(tmp_path / "wide.pth")


@pytest.mark.parametrize("content", [[torch.ones(1)], torch.ones(1), 3, "text"])
def test_something_else_than_a_dictionary_is_named(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="expected a dictionary of tensors"):
        read_tensors(tmp_path / "other.pth")


@pytest.mark.parametrize(
    "tensor", [torch.eye(2).to_sparse(), torch.ones(2, device="meta"), torch.ones(2, dtype=torch.complex64)]
)
def test_tensors_that_no_network_has_are_refused(tmp_path: Path, tensor: torch.Tensor) -> None:
    torch.save({"weight": tensor}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="weight is not a plain tensor"):
        read_tensors(tmp_path / "odd.pth")


@settings(max_examples=200)
@given(st.data())
def test_a_file_that_is_cut_off_or_overwritten_gives_an_error_or_tensors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever happened to the bytes, there is no other exception."""
    path = tmp_path_factory.mktemp("damaged") / "network.pth"
    if data.draw(st.booleans()):
        torch.save(STATE, path)
    else:
        save_file(STATE, path)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
            content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    with contextlib.suppress(WeightsError):
        assert all(isinstance(tensor, torch.Tensor) for tensor in read_tensors(path).values())
