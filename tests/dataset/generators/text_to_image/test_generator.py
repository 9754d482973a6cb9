"""Documents depend on prompt and seed alone, and the licence is asked for first."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.protocol import (
    DocumentGenerator,
    DocumentGeneratorConfig,
    DocumentRequest,
    GenerationError,
)
from liveportrait.dataset.generators.text_to_image.copies import model_of_copy
from liveportrait.dataset.generators.text_to_image.generator import TextToImage, TextToImageConfig
from liveportrait.dataset.generators.text_to_image.profiles import PROFILES
from liveportrait.errors import SettingError, WeightsError
from tests.dataset.generators import tiny_parts

ON_CPU = DiffusionRuntime(device="cpu")


def config(**changes: Any) -> TextToImageConfig:
    return TextToImageConfig(**({"size_px": 16, "num_steps": 2, "runtime": ON_CPU} | changes))


def request(**changes: Any) -> DocumentRequest:
    asked = {"identity_id": "0" * 12, "seed": 7, "prompt": "a man", "guidance": None}
    return DocumentRequest(**(asked | changes))


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return tiny_parts.klein_pipeline()


@pytest.fixture
def generator(pipeline: Any) -> TextToImage:
    return TextToImage(pipeline, config(), models=())


def test_the_same_request_gives_the_same_picture(generator: TextToImage) -> None:
    first = generator.draw(request())
    torch.manual_seed(99)
    torch.rand(5)
    again = generator.draw(request())

    assert first.frame.shape == (16, 16, 3)
    assert np.array_equal(first.frame, again.frame)
    assert first.redrawn_xyxy is None


def test_seed_and_prompt_matter(generator: TextToImage) -> None:
    plain = generator.draw(request()).frame

    assert not np.array_equal(plain, generator.draw(request(seed=8)).frame)
    assert not np.array_equal(plain, generator.draw(request(prompt="an old woman")).frame)


@pytest.mark.parametrize(
    ("profile", "make"),
    [
        ("flux1-schnell", tiny_parts.flux_pipeline),
        ("flux1-dev", tiny_parts.flux_pipeline),
        ("z-image-turbo", tiny_parts.z_image_pipeline),
    ],
)
def test_the_other_models_pipelines_take_the_same_call(profile: Any, make: Callable[[], Any]) -> None:
    generator = TextToImage(make(), config(profile=profile), models=())
    first = generator.draw(request()).frame

    assert np.array_equal(generator.draw(request()).frame, first)
    assert not np.array_equal(generator.draw(request(seed=8)).frame, first)
    assert first.std() > 1  # noise, and no plain picture


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_every_seed_of_a_plan_is_taken(generator: TextToImage, seed: int) -> None:
    generator.draw(request(seed=seed))


@pytest.mark.parametrize("seed", [-1, 2**63, 2**64])
def test_other_seeds_are_refused(generator: TextToImage, seed: int) -> None:
    with pytest.raises(SettingError, match=f"The seed is {seed}"):
        generator.draw(request(seed=seed))


class Recorder:
    """Stands in for a pipeline and keeps what it was asked."""

    def __init__(self, image: torch.Tensor) -> None:
        self.image = image
        self.asked: dict[str, Any] = {}

    def __call__(self, **asked: Any) -> Any:
        self.asked = asked
        return type("Output", (), {"images": self.image})


@pytest.mark.parametrize(
    ("profile", "asked", "steps", "guidance", "tokens"),
    [
        ("flux2-klein-4b", None, 4, 1.0, 512),
        ("flux1-schnell", None, 4, 1.0, 256),
        ("z-image-turbo", None, 9, 1.0, 512),
        ("flux1-dev", None, 20, 2.1, 512),
        ("flux1-dev", 1.7, 20, 1.7, 512),
    ],
)
def test_each_model_is_called_as_its_profile_says(
    profile: Any, asked: float | None, steps: int, guidance: float, tokens: int
) -> None:
    recorder = Recorder(torch.zeros(1, 3, 16, 16))
    TextToImage(recorder, config(profile=profile, num_steps=None), models=()).draw(request(guidance=asked))

    assert recorder.asked["prompt"] == "a man"
    assert recorder.asked["num_inference_steps"] == steps
    assert recorder.asked["guidance_scale"] == guidance
    assert recorder.asked["max_sequence_length"] == tokens
    assert recorder.asked["generator"].initial_seed() == 7
    assert recorder.asked["generator"].device.type == "cpu"


def test_guidance_that_a_model_cannot_take_is_refused(generator: TextToImage) -> None:
    with pytest.raises(SettingError, match=r"Guidance 2.0 was asked for, and .*klein-4B takes none"):
        generator.draw(request(guidance=2.0))


def test_a_request_without_a_prompt_is_refused(generator: TextToImage) -> None:
    with pytest.raises(SettingError, match="no prompt"):
        generator.draw(request(prompt=""))


def test_numbers_that_are_none_are_a_failed_draw_and_no_black_picture() -> None:
    broken = Recorder(torch.full((1, 3, 16, 16), float("nan")))
    with pytest.raises(GenerationError, match="numbers that are none"):
        TextToImage(broken, config(), models=()).draw(request())


def test_a_folder_is_opened_offline_and_hashed_and_draws_the_same(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path / "klein")
    opened = config(folder=tmp_path / "klein").open()

    assert isinstance(opened, DocumentGenerator)
    assert isinstance(config(), DocumentGeneratorConfig)
    (model,) = opened.models
    assert model.id == "unknown copy (Flux2KleinPipeline)", "it is smaller than any that was published"
    assert model.licence == "LicenseRef-Unknown"
    assert model.restrictions is None
    assert model.sha256 is not None and len(model.sha256) == 64
    expected = TextToImage(pipeline, config(), models=()).draw(request())
    assert np.array_equal(opened.draw(request()).frame, expected.frame)
    opened.close()


def test_a_copy_of_another_known_model_is_not_taken_for_the_profiles(tmp_path: Path) -> None:
    tiny_parts.flux_pipeline().save_pretrained(tmp_path)
    for profile in ("flux2-klein-4b", "flux1-schnell"):
        with pytest.raises(SettingError, match=r"looks like .*FLUX.1-dev, not .*: say --profile flux1-dev"):
            config(profile=profile, folder=tmp_path).open()


def copy_of_klein(folder: Path, *, text_width: int) -> Path:
    """What a copy's own files tell; diffusers' conversion script of FLUX.2 has the published widths."""
    (folder / "transformer").mkdir()
    (folder / "model_index.json").write_text('{"_class_name": "Flux2KleinPipeline"}')
    transformer = {"guidance_embeds": False, "joint_attention_dim": text_width}
    (folder / "transformer" / "config.json").write_text(json.dumps(transformer))
    return folder


def test_klein_of_9b_is_not_taken_for_the_free_one_of_4b(tmp_path: Path) -> None:
    copy = copy_of_klein(tmp_path, text_width=12288)
    with pytest.raises(SettingError, match=r"looks like .*klein-9B, not .*: say --profile flux2-klein-9b"):
        model_of_copy(copy, PROFILES["flux2-klein-4b"])
    with pytest.raises(SettingError, match=r"biometric.*--accept-licences LicenseRef-FLUX-Non-Commercial"):
        config(profile="flux2-klein-9b", folder=copy).open()
    assert model_of_copy(copy, PROFILES["flux2-klein-9b"]).licence == "LicenseRef-FLUX-Non-Commercial"


def test_klein_of_4b_is_the_free_one(tmp_path: Path) -> None:
    copy = copy_of_klein(tmp_path, text_width=7680)
    assert model_of_copy(copy, PROFILES["flux2-klein-4b"]).licence == "Apache-2.0"


def test_a_copy_that_nobody_knows_has_no_licence_to_speak_of(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"
    index.write_text(index.read_text().replace("Flux2KleinPipeline", "Flux2Pipeline"))
    found = model_of_copy(tmp_path, PROFILES["flux2-klein-4b"])
    assert (found.id, found.licence) == ("unknown copy (Flux2Pipeline)", "LicenseRef-Unknown")
    index.write_text("{")
    with pytest.raises(WeightsError, match="cannot be read"):
        model_of_copy(tmp_path, PROFILES["flux2-klein-4b"])


def test_the_licence_of_flux1_dev_is_shown_and_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refusal:
        config(profile="flux1-dev", folder=tmp_path).open()

    message = str(refusal.value)
    assert "biometric" in message
    assert "LICENSE-FLUX1-dev" in message
    assert "--accept-licences LicenseRef-FLUX-1-dev-Non-Commercial" in message


def test_accepting_another_licence_is_not_accepting_this_one(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="biometric"):
        config(profile="flux1-dev", folder=tmp_path, accept_licences=("Apache-2.0", "flux1-dev")).open()


def test_accepted_the_files_are_looked_for(tmp_path: Path) -> None:
    accepted = ("LicenseRef-FLUX-1-dev-Non-Commercial",)
    with pytest.raises(WeightsError, match=r"lacks model_index.json of black-forest-labs/FLUX.1-dev"):
        config(profile="flux1-dev", folder=tmp_path, accept_licences=accepted).open()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere is no folder"):
        config(folder=tmp_path / "nowhere").open()


def test_a_folder_with_a_part_missing_is_named(pipeline: Any, tmp_path: Path) -> None:
    pipeline.save_pretrained(tmp_path / "klein")
    (tmp_path / "klein" / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    with pytest.raises(WeightsError, match=r"klein holds no whole pipeline of .*klein-4B"):
        config(folder=tmp_path / "klein").open()


def test_without_network_and_cache_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"could not be fetched.*Or give the folder of a copy"):
        config().open()


def test_the_default_needs_nobodys_leave() -> None:
    default = PROFILES[TextToImageConfig().profile].model
    assert default.licence == "Apache-2.0"
    assert not default.restrictions


@pytest.mark.parametrize("changes", [{"size_px": 1000}, {"size_px": 0}, {"num_steps": 0}])
def test_settings_that_no_model_can_honour_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(SettingError):
        config(**changes)
