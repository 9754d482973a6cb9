"""Method a draws the person of the document by seed, from files in the publisher's layout."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline  # pyright: ignore[reportPrivateImportUsage]

from liveportrait.dataset.generators.arc2face.generator import (
    RECOGNISER,
    Arc2FaceExperimentalConfig,
    Arc2FaceGenerator,
    Arc2FaceSettings,
)
from liveportrait.dataset.generators.arc2face.loading import (
    ARC2FACE,
    STABLE_DIFFUSION,
    load_pipeline,
)
from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.hub_models import reference
from liveportrait.dataset.generators.protocol import (
    LiveGenerator,
    LiveGeneratorConfig,
    LiveRequest,
    Sitter,
)
from liveportrait.errors import NoFaceError, SettingError, WeightsError
from tests.dataset.generators import tiny_parts
from tests.dataset.generators.fakes import RECOGNISER_REF, ColourVectors, person, write_recogniser
from tests.portraits import portrait

SETTINGS = Arc2FaceSettings(num_steps=2, size_px=32)
UNET = "arc2face/diffusion_pytorch_model.safetensors"
ENCODER = "encoder/pytorch_model.bin"


def write_published(folder: Path) -> Path:
    """Random weights as Arc2Face and Stable Diffusion 1.5 are published, side by side."""
    torch.manual_seed(0)
    unet, encoder = tiny_parts.stable_diffusion_unet(), tiny_parts.clip_text_model(width=768)
    unet.save_pretrained(folder / "arc2face")
    encoder.save_pretrained(folder / "encoder")
    (folder / "encoder" / "model.safetensors").unlink()
    legacy = {f"text_model.{name}": value for name, value in encoder.state_dict().items()}
    legacy["text_model.embeddings.position_ids"] = torch.arange(24)[None]
    torch.save(legacy, folder / ENCODER)
    tiny_parts.autoencoder(latent_channels=4, num_halvings=3).save_pretrained(folder / "vae")
    _write_tokenizer(folder / "tokenizer")
    tiny_parts.stable_diffusion_scheduler().save_pretrained(folder / "scheduler")
    return folder


def _write_tokenizer(folder: Path) -> None:
    """In the files of the publisher, which newer libraries write as one."""
    folder.mkdir()
    vocabulary = tiny_parts.clip_tokenizer().get_vocab()
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\ni d</w>\n", encoding="utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 24}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published(tmp_path_factory.mktemp("arc2face"))


@pytest.fixture(scope="module")
def pipeline(published: Path) -> Any:
    pipeline = load_pipeline(published, base=published, dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture
def generator(pipeline: Any) -> Arc2FaceGenerator:
    return Arc2FaceGenerator(
        pipeline, ColourVectors(), settings=SETTINGS, models=(), device=torch.device("cpu")
    )


def live(seed: int) -> LiveRequest:
    return LiveRequest(image_id=f"x.live_{seed}_a", seed=seed)


def test_it_is_a_plain_pipeline_with_dpm_solver_plus_plus(pipeline: Any) -> None:
    assert type(pipeline) is StableDiffusionPipeline
    scheduler = pipeline.scheduler.config
    assert (scheduler.algorithm_type, scheduler.solver_order) == ("dpmsolver++", 2)
    assert (scheduler.beta_start, scheduler.beta_schedule) == (0.00085, "scaled_linear")
    assert pipeline.safety_checker is None
    assert not any(part.training for part in (pipeline.unet, pipeline.text_encoder, pipeline.vae))


def test_defaults_are_the_publishers() -> None:
    settings = Arc2FaceSettings()
    assert (settings.num_steps, settings.guidance, settings.size_px) == (25, 3.0, 512)


def test_person_and_seed_decide_the_picture(generator: Arc2FaceGenerator) -> None:
    (plain,) = generator.prepare(person(1)).draw([live(5)])
    torch.manual_seed(99)
    (again,) = generator.prepare(person(1)).draw([live(5)])

    assert plain.frame.shape == (32, 32, 3)
    assert plain.redrawn_xyxy is None
    assert np.array_equal(plain.frame, again.frame)
    assert not np.array_equal(generator.prepare(person(1)).draw([live(6)])[0].frame, plain.frame)
    assert not np.array_equal(generator.prepare(person(2)).draw([live(5)])[0].frame, plain.frame)


def test_a_batch_gives_what_single_draws_give(generator: Arc2FaceGenerator) -> None:
    sitter = generator.prepare(person(1))
    together = sitter.draw([live(seed) for seed in (5, 6, 7)])

    for seed, picture in zip((5, 6, 7), together, strict=True):
        (alone,) = sitter.draw([live(seed)])
        difference = np.abs(alone.frame.astype(int) - picture.frame.astype(int))
        assert difference.max() <= 1  # rounding


def test_a_document_without_a_face_is_a_typed_error(generator: Arc2FaceGenerator) -> None:
    with pytest.raises(NoFaceError):
        generator.prepare(person(0))


def test_records_say_that_the_method_is_experimental(generator: Arc2FaceGenerator) -> None:
    assert isinstance(generator, LiveGenerator)
    assert isinstance(generator.prepare(person(1)), Sitter)
    assert generator.method == "a"
    assert [model.id for model in generator.models] == [
        "liveportrait/arc2face-experimental",
        RECOGNISER_REF.id,
    ]


def test_models_are_named_with_hash_and_licence(published: Path) -> None:
    arc2face, base = reference(ARC2FACE, published), reference(STABLE_DIFFUSION, published)

    assert arc2face.id == "FoivosPar/Arc2Face" and base.licence == "LicenseRef-CreativeML-OpenRAIL-M"
    assert arc2face.sha256 != base.sha256
    assert arc2face.restrictions is not None and "research" in arc2face.restrictions


@pytest.mark.parametrize(
    "name", [UNET, ENCODER, "arc2face/config.json", "encoder/config.json", "tokenizer/vocab.json"]
)
def test_a_missing_file_is_named(tmp_path: Path, name: str, published: Path) -> None:
    _copy(published, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(WeightsError, match=f"lacks {name} of "):
        load_pipeline(tmp_path, base=tmp_path, dtype=torch.float32)


def _tensors(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        tensors = torch.load(folder / ENCODER, weights_only=True)
        change(tensors)
        torch.save(tensors, folder / ENCODER)

    return apply


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (_tensors(lambda it: it.pop("text_model.final_layer_norm.bias")), "missing: final_layer_norm.bias"),
        (_tensors(lambda it: it.update(extra=torch.zeros(1))), "unexpected: extra"),
        (
            _tensors(lambda it: it.update({"text_model.final_layer_norm.bias": torch.zeros(5)})),
            r"final_layer_norm.bias \(expected \(768,\), found \(5,\)\)",
        ),
        (lambda folder: (folder / ENCODER).write_bytes(b"\x80\x04K\x01."), "no checkpoint"),
        (lambda folder: (folder / UNET).write_bytes(b"\x01" * 300), "no checkpoint"),
        (lambda folder: (folder / "arc2face/config.json").write_text("[1]"), "expected a JSON object"),
        (lambda folder: (folder / "encoder/config.json").write_text("{"), "settings as JSON"),
        (lambda folder: _narrow(folder, unet=256, encoder=256), "words of 256 numbers, the UNet takes 256"),
        (lambda folder: _narrow(folder, unet=512, encoder=768), "words of 768 numbers, the UNet takes 512"),
    ],
)
def test_files_that_do_not_fit_are_refused_by_name(
    tmp_path: Path, published: Path, damage: Callable[[Path], None], named: str
) -> None:
    _copy(published, tmp_path)
    damage(tmp_path)
    with pytest.raises(WeightsError, match=named):
        load_pipeline(tmp_path, base=tmp_path, dtype=torch.float32)


def _narrow(folder: Path, *, unet: int, encoder: int) -> None:
    """Whole networks of other widths."""
    tiny_parts.stable_diffusion_unet(cross_width=unet).save_pretrained(folder / "arc2face")
    text_encoder = tiny_parts.clip_text_model(width=encoder)
    text_encoder.save_pretrained(folder / "encoder")
    torch.save(text_encoder.state_dict(), folder / ENCODER)


def _copy(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            (target / path.relative_to(source)).write_bytes(path.read_bytes())


def test_licences_are_asked_for_one_by_one_before_anything_is_read(tmp_path: Path) -> None:
    asked = [
        "LicenseRef-Arc2Face",
        "LicenseRef-CreativeML-OpenRAIL-M",
        "LicenseRef-InsightFace-Non-Commercial",
    ]
    for number, licence in enumerate(asked):
        config = Arc2FaceExperimentalConfig(
            recogniser=tmp_path / "arcface.onnx", accept_licences=tuple(asked[:number])
        )
        assert isinstance(config, LiveGeneratorConfig)
        with pytest.raises(SettingError, match=f"--accept-licences {licence}"):
            config.open()
    accepted = Arc2FaceExperimentalConfig(
        recogniser=tmp_path / "arcface.onnx",
        accept_licences=tuple(asked),
        runtime=DiffusionRuntime(device="cpu"),
    )
    with pytest.raises(WeightsError, match="arcface.onnx is missing"):
        accepted.open()


def test_opened_from_files_it_draws_the_person_on_a_portrait(published: Path, tmp_path: Path) -> None:
    opened = Arc2FaceExperimentalConfig(
        recogniser=write_recogniser(tmp_path / "arcface.onnx"),
        folder=published,
        base_folder=published,
        accept_licences=(ARC2FACE.licence, STABLE_DIFFUSION.licence, RECOGNISER.licence),
        settings=SETTINGS,
        runtime=DiffusionRuntime(device="cpu"),
    ).open()
    (picture,) = opened.prepare(portrait(256)).draw([live(1)])

    assert picture.frame.shape == (32, 32, 3)
    assert [model.id for model in opened.models] == [
        "liveportrait/arc2face-experimental",
        "FoivosPar/Arc2Face",
        "stable-diffusion-v1-5/stable-diffusion-v1-5",
        "FoivosPar/Arc2Face/arcface.onnx",
    ]
    assert all(model.sha256 for model in opened.models[1:])
    opened.close()


@pytest.mark.parametrize("changes", [{"num_steps": 0}, {"guidance": 0.5}, {"size_px": 500}])
def test_settings_that_cannot_be_honoured_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        Arc2FaceSettings(**changes)
