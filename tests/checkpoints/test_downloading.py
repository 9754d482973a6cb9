"""Downloads against a hub on this machine."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from liveportrait.checkpoints.downloading import STAGING, download_released_model, files_of
from liveportrait.checkpoints.manifest import KnownFile, Licence, Manifest, read_manifest
from liveportrait.errors import WeightsError
from tests.checkpoints.hub import Hub, serve

CONTENTS = {known.path: known.path.encode() * 100 for known in read_manifest().released}
MANIFEST = Manifest(
    bundled=(),
    released=tuple(
        KnownFile(
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            licence=Licence(spdx="MIT", commercial_use=True),
            origin="a test",
        )
        for path, content in CONTENTS.items()
    ),
    repository="someone/portraits",
    revision="82a4fa6735ca58432b6ce39301b4b9ee066dea47",
)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve(dict(CONTENTS), repository=MANIFEST.repository, revision=MANIFEST.revision) as hub:
        yield hub


def download(folder: Path, hub: Hub) -> tuple[Path, ...]:
    return download_released_model(folder, manifest=MANIFEST, endpoint=hub.address)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_files_of_a_model_arrive_in_the_released_layout(tmp_path: Path, hub: Hub) -> None:
    paths = download(tmp_path, hub)
    assert len(paths) == 6
    assert tmp_path / "liveportrait" / "landmark.onnx" in paths
    assert files_in(tmp_path) == {known.path for known in files_of("human", MANIFEST)}
    for path in paths:
        assert path.read_bytes() == CONTENTS[path.relative_to(tmp_path).as_posix()]


def test_a_second_download_fetches_only_what_is_missing_or_wrong(tmp_path: Path, hub: Hub) -> None:
    first, second, *_ = download(tmp_path, hub)
    first.write_bytes(b"damaged since")
    second.unlink()
    hub.gets.clear()
    download(tmp_path, hub)
    assert len(hub.gets) == 2
    assert first.read_bytes() == CONTENTS[first.relative_to(tmp_path).as_posix()]


def test_a_file_with_a_wrong_hash_is_not_installed(tmp_path: Path, hub: Hub) -> None:
    broken = files_of("human", MANIFEST)[1]
    hub.files[broken.path] = b"something else"
    with pytest.raises(WeightsError, match=f"expected {broken.sha256}"):
        download(tmp_path, hub)
    assert broken.path not in files_in(tmp_path)
    assert b"something else" not in [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]


def test_a_missing_file_is_named_with_its_address(tmp_path: Path, hub: Hub) -> None:
    gone = files_of("human", MANIFEST)[0]
    del hub.files[gone.path]
    with pytest.raises(WeightsError, match=f"resolve/{MANIFEST.revision}/{gone.path}"):
        download(tmp_path, hub)


def test_without_a_network_the_other_way_is_told(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # the client tries several times
    hub.address = "http://127.0.0.1:9"
    with pytest.raises(WeightsError, match="Check the network"):
        download(tmp_path, hub)
    assert not {name for name in files_in(tmp_path) if not name.startswith(STAGING)}


def test_without_the_hub_package_the_extra_is_named(
    tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(WeightsError, match=r"pip install 'liveportrait\[hub\]'"):
        download(tmp_path, hub)


def test_the_animals_come_with_the_human_retargeting_networks() -> None:
    paths = {known.path for known in files_of("animal", read_manifest())}
    assert "liveportrait/retargeting_models/stitching_retargeting_module.pth" in paths
    assert len(paths) == 5
