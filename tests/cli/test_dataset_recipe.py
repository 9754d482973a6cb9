"""Options of a run become the settings of its generators, all of them."""

from pathlib import Path
from typing import Any

import pytest

from liveportrait.cli.dataset_recipe import ExperimentalOptions, GeneratorOptions
from liveportrait.dataset.generators.arc2face.generator import Arc2FaceExperimentalConfig
from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.pulid.generator import PulidExperimentalConfig
from liveportrait.dataset.generators.text_to_image.generator import TextToImageConfig
from liveportrait.errors import SettingError
from tests.cli.conftest import Run
from tests.dataset.running.plans import plan_of_prompts

RUNTIME = DiffusionRuntime(device="cpu", precision="fp32")
COMMON: dict[str, Any] = {"accept_licences": ("a", "b"), "drawing": RUNTIME}


def test_documents_from_words_are_drawn_as_asked() -> None:
    options = ExperimentalOptions(profile="z-image-turbo", document_model=Path("copy"), **COMMON)

    assert GeneratorOptions(documents="words", experimental=options).of_documents() == TextToImageConfig(
        profile="z-image-turbo", folder=Path("copy"), accept_licences=("a", "b"), runtime=RUNTIME
    )


def test_methods_a_and_p_are_given_their_files() -> None:
    paths: dict[str, Any] = {
        name: Path(name)
        for name in ("arc2face_recogniser", "arc2face", "stable_diffusion", "pulid", "edge_adapter")
    }
    more: dict[str, Any] = {name: Path(name) for name in ("pulid_recogniser", "eva", "flux")}
    options = ExperimentalOptions(**COMMON, **paths, **more)

    assert GeneratorOptions(methods=("a", "p"), experimental=options).of_live_images() == (
        Arc2FaceExperimentalConfig(
            recogniser=Path("arc2face_recogniser"),
            folder=Path("arc2face"),
            base_folder=Path("stable_diffusion"),
            accept_licences=("a", "b"),
            runtime=RUNTIME,
        ),
        PulidExperimentalConfig(
            pulid=Path("pulid"),
            edge_adapter=Path("edge_adapter"),
            recogniser=Path("pulid_recogniser"),
            eva_folder=Path("eva"),
            flux_folder=Path("flux"),
            accept_licences=("a", "b"),
            runtime=RUNTIME,
        ),
    )


@pytest.mark.parametrize(("method", "option"), [("a", "--arc2face-recogniser"), ("p", "--pulid")])
def test_a_file_that_is_needed_is_asked_for_by_its_option(method: Any, option: str) -> None:
    with pytest.raises(SettingError, match=f"Method {method} needs {option}"):
        GeneratorOptions(methods=(method,)).of_live_images()


def test_the_command_shows_a_licence_before_it_fetches_anything(run: Run, tmp_path: Path) -> None:
    plan_of_prompts(tmp_path, num_identities=2)
    said = run("dataset", "run", tmp_path, "--documents", "words", "--profile", "flux1-dev")

    assert said.code == 1
    assert "biometric" in said.err
    assert "--accept-licences LicenseRef-FLUX-1-dev-Non-Commercial" in said.err
