"""The manifest tells the truth about what lies in weights/, and is complete."""

from pathlib import Path

import pytest
from safetensors import safe_open

from liveportrait.checkpoints.bundled import bundled_weights_dir
from liveportrait.checkpoints.catalogue import verify_bundled
from liveportrait.checkpoints.manifest import read_manifest, sha256_of
from liveportrait.errors import WeightsError

WEIGHTS_SUFFIXES = (".safetensors", ".onnx", ".npz", ".pth", ".bin")


def test_every_bundled_file_is_as_the_manifest_says() -> None:
    for check in verify_bundled():
        assert check.status == "as published", check
        assert check.known is not None
        assert check.path.stat().st_size == check.known.num_bytes


def test_every_file_in_weights_is_in_the_manifest() -> None:
    folder = bundled_weights_dir()
    files = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.suffix in WEIGHTS_SUFFIXES
    }
    listed = {known.path for known in read_manifest().bundled}
    unlisted = [
        f'path = "{name}"\nbytes = {path.stat().st_size}\nsha256 = "{sha256_of(path)}"'
        for name, path in files.items()
        if name not in listed
    ]
    assert not unlisted, "add to weights/manifest.toml:\n" + "\n".join(unlisted)


def test_files_and_manifest_agree_on_licences() -> None:
    for known in read_manifest().bundled:
        path = bundled_weights_dir() / known.path
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                assert file.metadata()["licence"] == known.licence.spdx, known.path


def test_the_released_models_are_pinned_and_complete() -> None:
    manifest = read_manifest()
    assert len(manifest.revision) == 40
    assert all(len(known.sha256) == 64 for known in (*manifest.released, *manifest.bundled))
    assert len({known.sha256 for known in manifest.released}) == len(manifest.released)
    human = [known for known in manifest.released if known.path.startswith("liveportrait/base_models/")]
    assert {known.name for known in human} == {
        "appearance_feature_extractor.pth",
        "motion_extractor.pth",
        "spade_generator.pth",
        "warping_module.pth",
    }


def test_the_detector_of_the_reference_is_not_for_commerce() -> None:
    for known in read_manifest().released:
        assert known.licence.commercial_use == (not known.path.startswith("insightface/"))


@pytest.mark.parametrize("text", ["not toml [", "[licences]\n", "[licences.MIT]\ncommercial_use = true\n"])
def test_a_damaged_manifest_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(text)
    with pytest.raises(WeightsError, match="no manifest of weights"):
        read_manifest(path)
