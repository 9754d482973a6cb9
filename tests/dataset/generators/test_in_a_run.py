"""From attributes to documents and live images of every method, by real pipelines of tiny networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

pytest.importorskip("diffusers", reason="needs the extra `generators`")

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.folder import DatasetFolder
from liveportrait.dataset.generators.arc2face.generator import Arc2FaceGenerator, Arc2FaceSettings
from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.protocol import GeneratedImage, LiveMethod, LiveRequest
from liveportrait.dataset.generators.pulid.generator import PulidGenerator, PulidSettings
from liveportrait.dataset.generators.text_to_image.generator import TextToImageConfig
from liveportrait.dataset.planning.config import LiveConfig, PlanConfig, SampledSource
from liveportrait.dataset.planning.plan import make_plan
from liveportrait.dataset.prompts.template import TemplateWriter
from liveportrait.dataset.prompts.writing import write_prompts
from liveportrait.dataset.running.config import Recipe
from liveportrait.dataset.schema.images import ModelRef
from tests.dataset.generators import tiny_parts
from tests.dataset.generators.fakes import ColourFeatures, ColourVectors
from tests.dataset.generators.pulid.small_networks import small_networks
from tests.dataset.running.fakes import FakeMeasuringConfig
from tests.dataset.running.runs import NEVER, bytes_of_results, records, run_here


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorConfig:
    """Stands in for the animation: the document, seen in a mirror."""

    method: LiveMethod = "e"
    models: tuple[ModelRef, ...] = (ModelRef(id="mirror", licence="MIT"),)

    def open(self) -> "MirrorConfig":
        return self

    def prepare(self, document: FrameRGB) -> "Mirrored":
        return Mirrored(document)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True, eq=False)
class Mirrored:
    document: FrameRGB

    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        return [GeneratedImage(frame=self.document[:, ::-1].copy()) for _ in requests]


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyArc2FaceConfig:
    @property
    def method(self) -> LiveMethod:
        return "a"

    def open(self) -> Arc2FaceGenerator:
        return Arc2FaceGenerator(
            tiny_parts.stable_diffusion_pipeline(),
            ColourVectors(),
            settings=Arc2FaceSettings(num_steps=1, size_px=16),
            models=(),
            device=torch.device("cpu"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyPulidConfig:
    @property
    def method(self) -> LiveMethod:
        return "p"

    def open(self) -> PulidGenerator:
        return PulidGenerator(
            tiny_parts.flux_control_pipeline(),
            small_networks(),
            ColourFeatures(),
            settings=PulidSettings(num_steps=1, size_px=16, prompt_tokens=16),
            models=(),
        )


@pytest.fixture(scope="module")
def klein(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("klein")
    tiny_parts.klein_pipeline().save_pretrained(folder)
    return folder


def made(root: Path, klein: Path) -> DatasetFolder:
    """Two people, each with a live image of every method."""
    folder = DatasetFolder(root)
    live = LiveConfig(num_animations=1, num_arc2face=1, num_pulid=1)
    make_plan(SampledSource(num_identities=2), folder, config=PlanConfig(live=live, root_seed=5))
    write_prompts(folder, TemplateWriter(), stop=NEVER)
    documents = TextToImageConfig(
        folder=klein, num_steps=1, size_px=16, runtime=DiffusionRuntime(device="cpu")
    )
    methods = (MirrorConfig(), TinyArc2FaceConfig(), TinyPulidConfig())
    run_here(folder, Recipe(documents=documents, live=methods, measuring=FakeMeasuringConfig()))
    return folder


def test_every_method_makes_its_images_the_same_in_every_run(klein: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / "one", klein)
    rows = records(folder)

    assert [row.status for row in rows] == ["ok"] * 8
    assert {row.planned.method for row in rows} == {"t2i", "e", "a", "p"}
    models = {row.planned.method: [model.id for model in row.model_refs] for row in rows}
    assert "unknown copy (Flux2KleinPipeline)" in models["t2i"]
    assert "liveportrait/arc2face-experimental" in models["a"]
    assert "liveportrait/pulid-experimental" in models["p"]
    assert bytes_of_results(made(tmp_path / "two", klein)) == bytes_of_results(folder)
