"""New pictures of the person on a document: pose, light and background by chance."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.arc2face.face_prompt import face_prompt, sentence_tokens
from liveportrait.dataset.generators.arc2face.loading import ARC2FACE, STABLE_DIFFUSION, load_pipeline
from liveportrait.dataset.generators.diffusion import DiffusionRuntime, frames_of, place
from liveportrait.dataset.generators.face_vectors import ArcFaceOnnx, FaceVectors
from liveportrait.dataset.generators.hub_models import (
    HubModel,
    check_accepted,
    experimental_method,
    find_files,
    reference,
)
from liveportrait.dataset.generators.packages import Pipeline
from liveportrait.dataset.generators.protocol import GeneratedImage, LiveMethod, LiveRequest
from liveportrait.dataset.generators.seeding import noise_generator
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError
from liveportrait.face.loading import load_face_landmarker

RECOGNISER = HubModel(
    id="FoivosPar/Arc2Face/arcface.onnx",
    revision=ARC2FACE.revision,
    licence="LicenseRef-InsightFace-Non-Commercial",
    restrictions="recognition networks of InsightFace and on WebFace42M are for non-commercial research.",
    terms="https://github.com/deepinsight/insightface#license and https://huggingface.co/FoivosPar/Arc2Face",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc2FaceSettings:
    """How pictures are drawn; the defaults are the publisher's, and FLUXSynID's."""

    num_steps: int = 25
    """Of DPM-Solver++."""
    guidance: float = 3.0
    size_px: int = 512

    def __post_init__(self) -> None:
        if self.num_steps < 1 or self.guidance < 1 or self.size_px < 8 or self.size_px % 8:
            raise SettingError(
                f"Expected 1 step or more, guidance of 1 or more and a size in multiples of 8; got "
                f"{self.num_steps}, {self.guidance} and {self.size_px}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc2FaceExperimentalConfig:
    """Experimental: draw the person anew with Arc2Face. Nobody has run it on the real weights yet."""

    recogniser: Path
    """`arcface.onnx` of FoivosPar/Arc2Face, which the weights were trained with."""
    folder: Path | None = None
    """A copy of FoivosPar/Arc2Face; None takes the hub's cache, and fills it."""
    base_folder: Path | None = None
    """The same for Stable Diffusion 1.5."""
    accept_licences: tuple[str, ...] = ()
    """By name; an error says which there are, and what they forbid."""
    settings: Arc2FaceSettings = field(default_factory=Arc2FaceSettings)
    runtime: DiffusionRuntime = field(default_factory=DiffusionRuntime)

    @property
    def method(self) -> LiveMethod:
        return "a"

    def open(self) -> "Arc2FaceGenerator":
        check_accepted((ARC2FACE, STABLE_DIFFUSION, RECOGNISER), self.accept_licences)
        vectors = ArcFaceOnnx.load(self.recogniser, model=RECOGNISER, analyzer=load_face_landmarker())
        folder = find_files(ARC2FACE, self.folder)
        base = find_files(STABLE_DIFFUSION, self.base_folder)
        pipeline = load_pipeline(folder, base=base, dtype=self.runtime.dtype(published="fp16"))
        place(pipeline, self.runtime)
        models = (reference(ARC2FACE, folder), reference(STABLE_DIFFUSION, base))
        return Arc2FaceGenerator(
            pipeline,
            vectors,
            settings=self.settings,
            models=models,
            device=self.runtime.found_device(),
        )


class Arc2FaceGenerator:
    """A `LiveGenerator` over Stable Diffusion's pipeline with Arc2Face's networks in it."""

    def __init__(
        self,
        pipeline: Pipeline,
        vectors: FaceVectors,
        *,
        settings: Arc2FaceSettings,
        models: tuple[ModelRef, ...],
        device: torch.device,
    ) -> None:
        self.method: LiveMethod = "a"
        self._pipeline, self._vectors, self._settings = pipeline, vectors, settings
        self._models = (experimental_method("arc2face"), *models, *vectors.models)
        self._device = device
        self._tokens, self._word = sentence_tokens(pipeline.tokenizer)

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._models

    @torch.inference_mode()
    def prepare(self, document: FrameRGB) -> "Arc2FaceSitter":
        vector = torch.from_numpy(self._vectors(document))[None]
        prompt = face_prompt(
            vector.to(self._device),
            text_encoder=self._pipeline.text_encoder,
            tokens=self._tokens.to(self._device),
            word=self._word,
        )
        return Arc2FaceSitter(self._pipeline, prompt, self._settings)

    def close(self) -> None:
        del self._pipeline


@dataclass(frozen=True, slots=True, eq=False)
class Arc2FaceSitter:
    """One person as a prompt."""

    pipeline: Pipeline
    prompt: Tensor
    settings: Arc2FaceSettings

    @torch.inference_mode()
    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        """All in one pass; drawn alone a picture may differ in the last bits before it is rounded."""
        drawn = self.pipeline(
            prompt_embeds=self.prompt.expand(len(requests), -1, -1),
            generator=[noise_generator(request.seed) for request in requests],
            num_inference_steps=self.settings.num_steps,
            guidance_scale=self.settings.guidance,
            height=self.settings.size_px,
            width=self.settings.size_px,
            output_type="pt",
        )
        return [GeneratedImage(frame=frame) for frame in frames_of(drawn.images)]
