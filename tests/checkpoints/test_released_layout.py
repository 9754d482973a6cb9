"""Finding the released files where users keep them."""

from pathlib import Path

import pytest

from liveportrait.checkpoints.released_layout import Species, find_released_model
from liveportrait.errors import WeightsError

BASE = ("appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator")
SMALL = "stitching_retargeting_module"


def lay(folder: Path, base: str, retargeting: str, *, suffix: str = ".pth") -> None:
    """Empty files in a user's layout."""
    for place, name in [*((base, name) for name in BASE), (retargeting, SMALL)]:
        path = folder / place / f"{name}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    ("base", "retargeting", "species"),
    [
        ("liveportrait/base_models", "liveportrait/retargeting_models", "human"),
        ("liveportrait_animals/base_models_v1.1", "liveportrait/retargeting_models", "animal"),
        ("liveportrait_animals/base_models", "liveportrait/retargeting_models", "animal"),
        ("liveportrait_animals/base_models", "liveportrait_animals/retargeting_models", "animal"),
        ("base_models", "retargeting_models", "human"),
        ("base_models_v1.1", "retargeting_models", "animal"),
        (".", ".", "human"),
        (".", "retargeting_models", "human"),
    ],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_layouts_are_recognised(
    tmp_path: Path, base: str, retargeting: str, species: Species, suffix: str
) -> None:
    lay(tmp_path, base, retargeting, suffix=suffix)
    model = find_released_model(tmp_path)
    assert model.species == species
    assert {file.path.stem for file in model.files} == {*BASE, SMALL}
    assert all(file.path.stem == file.adapter.component and file.path.is_file() for file in model.files)


def test_the_animals_folder_finds_the_human_retargeting_beside_it(tmp_path: Path) -> None:
    lay(tmp_path, "liveportrait_animals/base_models_v1.1", "liveportrait/retargeting_models")
    assert find_released_model(tmp_path / "liveportrait_animals").species == "animal"


def test_of_both_models_the_human_one_is_taken_unless_asked(tmp_path: Path) -> None:
    lay(tmp_path, "liveportrait/base_models", "liveportrait/retargeting_models")
    lay(tmp_path, "liveportrait_animals/base_models_v1.1", "liveportrait/retargeting_models")
    assert find_released_model(tmp_path).species == "human"
    animal = find_released_model(tmp_path, species="animal")
    assert animal.species == "animal"
    assert animal.files[0].path.parent.name == "base_models_v1.1"


def test_a_flat_folder_may_be_asked_for_as_animals(tmp_path: Path) -> None:
    lay(tmp_path, ".", ".")
    assert find_released_model(tmp_path, species="animal").species == "animal"


def test_safetensors_go_before_pickles(tmp_path: Path) -> None:
    lay(tmp_path, ".", ".")
    lay(tmp_path, ".", ".", suffix=".safetensors")
    assert {file.path.suffix for file in find_released_model(tmp_path).files} == {".safetensors"}


@pytest.mark.parametrize("missing", ["base_models/warping_module", f"retargeting_models/{SMALL}"])
def test_a_missing_file_is_named_with_the_way_to_get_it(tmp_path: Path, missing: str) -> None:
    lay(tmp_path, "liveportrait/base_models", "liveportrait/retargeting_models")
    path = tmp_path / "liveportrait" / f"{missing}.pth"
    path.unlink()
    with pytest.raises(WeightsError, match="liveportrait weights download") as caught:
        find_released_model(tmp_path)
    assert f"missing: {path} " in str(caught.value)


def test_a_folder_without_checkpoints_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no checkpoint.*base_models/motion_extractor.pth"):
        find_released_model(tmp_path)
    with pytest.raises(WeightsError, match="is no folder"):
        find_released_model(tmp_path / "absent")
    lay(tmp_path, "liveportrait/base_models", "liveportrait/retargeting_models")
    with pytest.raises(WeightsError, match="holds no animal checkpoint"):
        find_released_model(tmp_path, species="animal")
