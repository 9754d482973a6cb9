"""Method p draws the mean of two identities in the guide's edges, and asks for what it needs."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.protocol import (
    GeneratedImage,
    LiveGenerator,
    LiveGeneratorConfig,
    LiveRequest,
    Sitter,
)
from liveportrait.dataset.generators.pulid import generator as pulid_generator
from liveportrait.dataset.generators.pulid.edges import EdgeConfig, edge_picture
from liveportrait.dataset.generators.pulid.eva_vision import EvaConfig, load_eva
from liveportrait.dataset.generators.pulid.flux_with_edges import load_flux_with_edges
from liveportrait.dataset.generators.pulid.generator import (
    SCENE,
    PulidExperimentalConfig,
    PulidGenerator,
    PulidSettings,
)
from liveportrait.dataset.generators.pulid.loading import load_pulid
from liveportrait.dataset.generators.pulid.models import ANTELOPE, FLUX_DEV
from liveportrait.errors import NoFaceError, SettingError, WeightsError
from tests.dataset.generators import tiny_parts
from tests.dataset.generators.fakes import RECOGNISER_REF, ColourFeatures, person, write_recogniser
from tests.dataset.generators.pulid.small_networks import (
    SMALL,
    published_eva,
    published_tensors,
    small_networks,
)
from tests.portraits import portrait

SETTINGS = PulidSettings(num_steps=2, size_px=16, prompt_tokens=16)


def live(**changes: Any) -> LiveRequest:
    asked = {"image_id": "x.live_0_p", "seed": 5, "prompt": "", "guide": person(9)}
    return LiveRequest(**(asked | changes))


@pytest.fixture(scope="module")
def pipeline() -> Any:
    return tiny_parts.flux_control_pipeline()


@pytest.fixture
def generator(pipeline: Any) -> PulidGenerator:
    return PulidGenerator(pipeline, small_networks(), ColourFeatures(), settings=SETTINGS, models=())


def test_the_same_request_gives_the_same_picture_and_any_change_another(generator: PulidGenerator) -> None:
    sitter = generator.prepare(person(1))
    guide = person(9).copy()
    guide[4:20, 4:20] = 200
    (plain,) = sitter.draw([live()])

    assert plain.frame.shape == (16, 16, 3)
    for other, same in [
        (live(), True),
        (live(seed=6), False),
        (live(prompt="a garden"), False),
        (live(prompt=SCENE), True),
        (live(guide=guide), False),  # edges
        (live(guide=person(10)), False),  # identity
    ]:
        assert np.array_equal(sitter.draw([other])[0].frame, plain.frame) is same
    assert not np.array_equal(generator.prepare(person(2)).draw([live()])[0].frame, plain.frame)


def test_the_identity_is_the_mean_of_document_and_guide(
    generator: PulidGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []

    def note(tokens: torch.Tensor, request: LiveRequest, *, edges: object) -> GeneratedImage:
        seen.append(tokens)
        return GeneratedImage(frame=person(1))

    monkeypatch.setattr(generator, "draw", note)
    generator.prepare(person(1)).draw([live(guide=person(2))])
    generator.prepare(person(2)).draw([live(guide=person(1))])

    one, two = (generator.identity_tokens(person(seed)) for seed in (1, 2))
    assert torch.allclose(seen[0], (one + two) / 2)
    assert torch.equal(seen[0], seen[1])


def test_requests_are_drawn_each_as_if_alone(generator: PulidGenerator) -> None:
    sitter = generator.prepare(person(1))
    requests = [live(seed=1), live(seed=2, guide=person(3))]
    together = sitter.draw(requests)

    for request, picture in zip(requests, together, strict=True):
        assert np.array_equal(sitter.draw([request])[0].frame, picture.frame)


def test_the_pipeline_is_asked_in_fluxsynids_way() -> None:
    asked: dict[str, Any] = {}
    transformer = tiny_parts.flux_transformer(num_double=3, num_single=5)

    class Recorder:
        def __init__(self) -> None:
            self.transformer = transformer

        def __call__(self, **options: Any) -> Any:
            asked.update(options, hooks=sum(len(part._forward_hooks) for part in transformer.modules()))
            return type("Output", (), {"images": torch.zeros(1, 3, 8, 8)})

    generator = PulidGenerator(
        Recorder(), small_networks(), ColourFeatures(), settings=PulidSettings(), models=()
    )
    guide = person(9).copy()
    guide[4:20, 4:20] = 200
    generator.prepare(person(1)).draw([live(guide=guide)])

    assert (asked["num_inference_steps"], asked["guidance_scale"], asked["height"]) == (20, 4.0, 1024)
    assert asked["prompt"] == SCENE
    assert asked["hooks"] == 4
    assert np.array_equal(np.asarray(asked["control_image"]), edge_picture(guide, EdgeConfig()))


def test_a_failure_while_drawing_leaves_the_transformer_as_it_was(
    generator: PulidGenerator, pipeline: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitter = generator.prepare(person(1))
    monkeypatch.setattr(pipeline.vae, "decode", _out_of_memory)
    with pytest.raises(RuntimeError, match="out of memory"):
        sitter.draw([live()])

    assert not any(part._forward_hooks for part in pipeline.transformer.modules())


def _out_of_memory(*arguments: Any, **options: Any) -> None:
    raise RuntimeError("out of memory")


def test_without_a_guide_it_says_what_to_plan(generator: PulidGenerator) -> None:
    with pytest.raises(SettingError, match=r"x.live_0_p: method p follows the e image .* Plan method e"):
        generator.prepare(person(1)).draw([live(guide=None)])


def test_a_document_or_a_guide_without_a_face_is_a_typed_error(generator: PulidGenerator) -> None:
    with pytest.raises(NoFaceError):
        generator.prepare(person(0))
    with pytest.raises(NoFaceError):
        generator.prepare(person(1)).draw([live(guide=person(0))])


def test_records_say_that_the_method_is_experimental(generator: PulidGenerator) -> None:
    assert isinstance(generator, LiveGenerator)
    assert isinstance(generator.prepare(person(1)), Sitter)
    assert generator.method == "p"
    assert [model.id for model in generator.models] == [
        "liveportrait/pulid-experimental",
        RECOGNISER_REF.id,
    ]


def config(folder: Path, **changes: Any) -> PulidExperimentalConfig:
    given: dict[str, Any] = {"pulid": folder / "p", "edge_adapter": folder / "e", "recogniser": folder / "r"}
    given |= {"flux_folder": folder, "runtime": DiffusionRuntime(device="cpu")}
    return PulidExperimentalConfig(**(given | changes))


def test_every_restricted_licence_is_asked_for_by_name(tmp_path: Path) -> None:
    flux = "LicenseRef-FLUX-1-dev-Non-Commercial"
    assert isinstance(config(tmp_path), LiveGeneratorConfig)
    with pytest.raises(SettingError, match="biometric"):
        config(tmp_path).open()
    with pytest.raises(SettingError, match=r"antelopev2.*non-commercial research"):
        config(tmp_path, accept_licences=(flux,)).open()
    with pytest.raises(WeightsError, match="cannot be read"):
        config(tmp_path, accept_licences=(flux, "LicenseRef-InsightFace-Non-Commercial")).open()


def test_the_edge_adapter_widens_flux_and_is_asked_for_by_name(pipeline: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    narrow = type(pipeline)(
        **(pipeline.components | {"transformer": tiny_parts.flux_transformer(in_channels=4, out_channels=4)})
    )
    narrow.save_pretrained(tmp_path / "flux")
    adapter = tmp_path / "flux1-canny-dev-lora.safetensors"
    with pytest.raises(WeightsError, match=r"flux1-canny-dev-lora.safetensors is missing"):
        load_flux_with_edges(tmp_path / "flux", edge_adapter=adapter, dtype=torch.float32)

    adapter.write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(WeightsError, match="no checkpoint"):
        load_flux_with_edges(tmp_path / "flux", edge_adapter=adapter, dtype=torch.float32)
    save_file({"transformer.nothing.lora_A.weight": torch.zeros(2, 8)}, adapter)
    with pytest.raises(WeightsError, match="makes no pipeline of FLUX with edges"):
        load_flux_with_edges(tmp_path / "flux", edge_adapter=adapter, dtype=torch.float32)

    other = {"A": torch.zeros(2, 32), "B": torch.zeros(32, 2)}
    save_file({f"transformer.context_embedder.lora_{side}.weight": other[side] for side in other}, adapter)
    with pytest.raises(WeightsError, match=r"leaves FLUX with 4 inputs: expected 8"):
        load_flux_with_edges(tmp_path / "flux", edge_adapter=adapter, dtype=torch.float32)

    save_file(_edge_adapter(), adapter)
    widened = load_flux_with_edges(tmp_path / "flux", edge_adapter=adapter, dtype=torch.float32)

    assert widened.transformer.config.in_channels == 8
    drawing = PulidGenerator(
        widened, _networks_for(num_places=2), ColourFeatures(), settings=SETTINGS, models=()
    )
    assert drawing.prepare(person(1)).draw([live()])[0].frame.shape == (16, 16, 3)


def test_opened_from_files_it_draws_the_person_on_a_portrait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With small networks in the place of the published ones, whose sizes are fixed."""
    former = replace(SMALL.id_former, vector_width=512 + 768, scale_width=8)
    pulid, eva = (
        replace(SMALL, id_former=former),
        EvaConfig(image_size_px=28, width=8, num_heads=1, num_layers=3, hidden_width=8, scale_layers=(1, 2)),
    )
    monkeypatch.setattr(pulid_generator, "load_pulid", partial(load_pulid, config=pulid))
    monkeypatch.setattr(pulid_generator, "load_eva", partial(load_eva, config=eva))
    save_file(published_tensors(pulid), tmp_path / "p")
    save_file(_edge_adapter(), tmp_path / "e")
    torch.save(published_eva(eva), tmp_path / "EVA02_CLIP_L_336_psz14_s6B.pt")
    write_recogniser(tmp_path / "r")
    tiny_parts.flux_pipeline(num_double=3, num_single=5).save_pretrained(tmp_path / "flux")
    opened = config(
        tmp_path,
        flux_folder=tmp_path / "flux",
        eva_folder=tmp_path,
        settings=SETTINGS,
        accept_licences=(FLUX_DEV.licence, ANTELOPE.licence),
    ).open()
    (picture,) = opened.prepare(portrait(256)).draw([live(guide=portrait(200))])

    assert picture.frame.shape == (16, 16, 3)
    assert [model.id.split("/")[-1] for model in opened.models] == [
        "pulid-experimental",
        "FLUX.1-dev",
        "FLUX.1-Canny-dev-lora",
        "PuLID",
        "glintr100.onnx",
        "EVA-CLIP",
    ]
    assert all(model.sha256 for model in opened.models[1:])


def _edge_adapter() -> dict[str, torch.Tensor]:
    """As published: low rank, for the input that takes noise and edges side by side."""
    return {
        "transformer.x_embedder.lora_A.weight": torch.randn(2, 8),
        "transformer.x_embedder.lora_B.weight": torch.randn(32, 2),
    }


def _networks_for(*, num_places: int) -> Any:
    networks = small_networks()
    networks.attentions = networks.attentions[:num_places]
    return networks


@pytest.mark.parametrize("changes", [{"num_steps": 0}, {"size_px": 1000}, {"size_px": 0}])
def test_settings_that_cannot_be_honoured_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        PulidSettings(**changes)
