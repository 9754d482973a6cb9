"""The person on a document in another scene, in the pose and expression of an `e` image."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.generators.diffusion import DiffusionRuntime, frames_of, place
from liveportrait.dataset.generators.face_vectors import ArcFaceOnnx
from liveportrait.dataset.generators.hub_models import (
    check_accepted,
    experimental_method,
    find_files,
    reference,
)
from liveportrait.dataset.generators.packages import Pipeline
from liveportrait.dataset.generators.protocol import GeneratedImage, LiveMethod, LiveRequest
from liveportrait.dataset.generators.pulid.edges import EdgeConfig, edge_picture
from liveportrait.dataset.generators.pulid.eva_vision import load_eva
from liveportrait.dataset.generators.pulid.face_features import ArcFaceAndEva, FaceFeatureSource
from liveportrait.dataset.generators.pulid.flux_with_edges import load_flux_with_edges
from liveportrait.dataset.generators.pulid.injection import identity_in
from liveportrait.dataset.generators.pulid.loading import PulidNetworks, load_pulid
from liveportrait.dataset.generators.pulid.models import ANTELOPE, EDGE_ADAPTER, EVA_CLIP, FLUX_DEV, PULID
from liveportrait.dataset.generators.seeding import noise_generator
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError
from liveportrait.face.loading import load_face_landmarker

SCENE = (
    "Photograph of a person who stands at a border gate in an airport and is seen by its camera, head and "
    "shoulders, people and luggage far behind, light of the hall"
)
"""One scene for all, as FLUXSynID has an airport's."""

Tokens = Float[Tensor, "1 m deep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PulidSettings:
    """How pictures are drawn; the defaults are FLUXSynID's."""

    scene: str = SCENE
    """The prompt of requests that have none."""
    identity_weight: float = 1.0
    num_steps: int = 20
    guidance: float = 4.0
    size_px: int = 1024
    prompt_tokens: int = 512
    """The longest prompt, in tokens of T5."""
    edges: EdgeConfig = field(default_factory=EdgeConfig)

    def __post_init__(self) -> None:
        if self.num_steps < 1 or self.size_px < 16 or self.size_px % 16:
            raise SettingError(
                f"Expected 1 step or more and a size in multiples of 16; got {self.num_steps} and "
                f"{self.size_px}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PulidExperimentalConfig:
    """Experimental: draw the person anew with PuLID on FLUX.1 [dev].

    Nobody has run it on the real weights yet.
    """

    pulid: Path
    """`pulid_flux_v0.9.1.safetensors` of guozinan/PuLID."""
    edge_adapter: Path
    """`flux1-canny-dev-lora.safetensors` of black-forest-labs/FLUX.1-Canny-dev-lora."""
    recogniser: Path
    """`glintr100.onnx` of InsightFace's antelopev2."""
    eva_folder: Path | None = None
    """With `EVA02_CLIP_L_336_psz14_s6B.pt`; None takes the hub's cache, and fills it."""
    flux_folder: Path | None = None
    """A copy of FLUX.1 [dev] in the layout of diffusers; None as above."""
    accept_licences: tuple[str, ...] = ()
    """By name; an error says which there are, and what they forbid."""
    settings: PulidSettings = field(default_factory=PulidSettings)
    runtime: DiffusionRuntime = field(default_factory=DiffusionRuntime)

    @property
    def method(self) -> LiveMethod:
        return "p"

    def open(self) -> "PulidGenerator":
        check_accepted((FLUX_DEV, EDGE_ADAPTER, PULID, EVA_CLIP, ANTELOPE), self.accept_licences)
        device, dtype = self.runtime.found_device(), self.runtime.dtype(published="bf16")
        networks = load_pulid(self.pulid, dtype=dtype, device=device)
        features = self._open_features(device, dtype)
        flux = find_files(FLUX_DEV, self.flux_folder)
        pipeline = load_flux_with_edges(flux, edge_adapter=self.edge_adapter, dtype=dtype)
        place(pipeline, self.runtime)
        models = (
            reference(FLUX_DEV, flux),
            reference(EDGE_ADAPTER, self.edge_adapter),
            reference(PULID, self.pulid),
        )
        return PulidGenerator(pipeline, networks, features, settings=self.settings, models=models)

    def _open_features(self, device: torch.device, dtype: torch.dtype) -> ArcFaceAndEva:
        analyzer = load_face_landmarker()
        vectors = ArcFaceOnnx.load(self.recogniser, model=ANTELOPE, analyzer=analyzer)
        path = find_files(EVA_CLIP, self.eva_folder) / EVA_CLIP.files[0]
        network = load_eva(path, dtype=dtype, device=device)
        return ArcFaceAndEva(vectors, network, reference(EVA_CLIP, path), analyzer)


class PulidGenerator:
    """A `LiveGenerator` over FLUX with edges, into which each person is put while they are drawn."""

    def __init__(
        self,
        pipeline: Pipeline,
        networks: PulidNetworks,
        features: FaceFeatureSource,
        *,
        settings: PulidSettings,
        models: tuple[ModelRef, ...],
    ) -> None:
        self.method: LiveMethod = "p"
        self._pipeline, self._networks, self._features = pipeline, networks, features
        self._settings = settings
        self._models = (experimental_method("pulid"), *models, *features.models)

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._models

    def prepare(self, document: FrameRGB) -> "PulidSitter":
        return PulidSitter(self, self.identity_tokens(document))

    @torch.inference_mode()
    def identity_tokens(self, frame: FrameRGB) -> Tokens:
        """Who is on the picture, as PuLID's attentions look at it."""
        return self._networks.id_former(self._features(frame))

    @torch.inference_mode()
    def draw(self, tokens: Tokens, request: LiveRequest, *, edges: Image.Image) -> GeneratedImage:
        """One picture of the person, along the edges."""
        settings = self._settings
        with identity_in(
            self._pipeline.transformer, self._networks.attentions, tokens, weight=settings.identity_weight
        ):
            drawn = self._pipeline(
                prompt=request.prompt or settings.scene,
                control_image=edges,
                height=settings.size_px,
                width=settings.size_px,
                num_inference_steps=settings.num_steps,
                guidance_scale=settings.guidance,
                generator=noise_generator(request.seed),
                max_sequence_length=settings.prompt_tokens,
                output_type="pt",
            )
        return GeneratedImage(frame=frames_of(drawn.images)[0])

    def edges(self, guide: FrameRGB) -> Image.Image:
        """The picture whose lines are followed."""
        return Image.fromarray(edge_picture(guide, self._settings.edges))

    def close(self) -> None:
        del self._pipeline, self._networks


@dataclass(frozen=True, slots=True, eq=False)
class PulidSitter:
    """One person as tokens."""

    generator: PulidGenerator
    tokens: Tokens

    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        """One after the other: each has an identity of its own, half the document's, half its guide's."""
        return [self._drawn(request) for request in requests]

    def _drawn(self, request: LiveRequest) -> GeneratedImage:
        if request.guide is None:
            raise SettingError(
                f"{request.image_id}: method p follows the e image of the same slot, and there is none. Plan "
                "method e as well, and make it first."
            )
        # The mean, as FLUXSynID fuses the two.
        tokens = (self.tokens + self.generator.identity_tokens(request.guide)) / 2
        return self.generator.draw(tokens, request, edges=self.generator.edges(request.guide))
