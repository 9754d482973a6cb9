"""A record names what was used by its bytes; nothing with restrictions is used unasked."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from liveportrait.dataset.generators.hub_models import (
    HubModel,
    check_accepted,
    find_files,
    reference,
    require_files,
)
from liveportrait.errors import EngineUnavailableError, SettingError, WeightsError

FREE = HubModel(id="somebody/free", revision="a" * 40, licence="Apache-2.0", files=("*.json", "net/*"))
BOUND = replace(
    FREE, id="somebody/bound", licence="LicenseRef-Bound", restrictions="no tests.", terms="https://x.test"
)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_is_free_needs_no_word_and_the_rest_its_own() -> None:
    check_accepted((FREE,), ())
    check_accepted((FREE, BOUND), ("LicenseRef-Bound",))
    with pytest.raises(SettingError) as refusal:
        check_accepted((FREE, BOUND), ("Apache-2.0",))

    for said in ("somebody/bound", "LicenseRef-Bound: no tests.", "https://x.test", "no legal advice"):
        assert said in str(refusal.value)


def test_a_folder_is_known_by_the_hashes_of_its_own_weights(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "one.safetensors").write_bytes(b"1")
    (tmp_path / "model.json").write_text("{}")
    (tmp_path / "other.safetensors").write_bytes(b"not of this model")
    one = reference(FREE, tmp_path)
    (tmp_path / "net" / "two.bin").write_bytes(b"2")
    two = reference(FREE, tmp_path)
    (tmp_path / "net" / "one.safetensors").write_bytes(b"0")

    assert one.sha256 == sha256(b"1")
    assert two.sha256 not in (one.sha256, reference(FREE, tmp_path).sha256)
    assert (one.id, one.licence, one.restrictions) == ("somebody/free", "Apache-2.0", None)
    assert reference(BOUND, tmp_path).restrictions == "no tests."


def test_a_file_is_known_by_its_own_hash(tmp_path: Path) -> None:
    file = tmp_path / "w.onnx"
    file.write_bytes(b"3")
    assert reference(FREE, file).sha256 == sha256(b"3")


def test_the_commit_is_claimed_for_the_hubs_own_cache_alone(tmp_path: Path) -> None:
    for folder in (tmp_path / "copy", tmp_path / "snapshots" / ("a" * 40)):
        (folder / "net").mkdir(parents=True)
        (folder / "net" / "one.safetensors").write_bytes(b"1")

    assert reference(FREE, tmp_path / "copy").revision is None
    assert reference(FREE, tmp_path / "snapshots" / ("a" * 40)).revision == "a" * 40
    assert reference(replace(FREE, revision=None), tmp_path / "copy").revision is None


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no weights of somebody/free"):
        reference(FREE, tmp_path)


def test_missing_files_are_named_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    with pytest.raises(WeightsError, match=r"lacks a, c of somebody/free"):
        require_files(tmp_path, ("a", "b", "c"), model=FREE)


def test_a_model_without_a_checked_revision_is_not_fetched() -> None:
    with pytest.raises(SettingError, match="no revision of it was checked"):
        find_files(replace(FREE, revision=None), None)


def test_the_users_copy_is_taken_as_it_is(tmp_path: Path) -> None:
    assert find_files(FREE, tmp_path) == tmp_path


def test_the_hub_is_asked_for_the_pinned_revision_and_the_needed_files_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[str, object] = {}

    def download(repository: str, **options: object) -> str:
        asked.update(options, repository=repository)
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)

    assert find_files(FREE, None) == tmp_path
    assert asked == {
        "repository": "somebody/free",
        "revision": "a" * 40,
        "allow_patterns": ["*.json", "net/*"],
    }


def test_a_closed_door_says_how_to_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> str:
        raise PermissionError("401 gated\nwith a long page")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(WeightsError, match=r"401 gated\. Check the network; .* accept the terms") as refusal:
        find_files(FREE, None)

    assert "long page" not in str(refusal.value)


def test_without_the_packages_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(EngineUnavailableError, match=r"pip install 'liveportrait\[generators\]'"):
        find_files(FREE, None)
