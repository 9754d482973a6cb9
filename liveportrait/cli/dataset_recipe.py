"""Options that say what comes out of a run of a dataset."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from liveportrait.cli.model_terms import tell_terms
from liveportrait.dataset.generators.animation import AnimationConfig
from liveportrait.dataset.generators.diffusion import DiffusionRuntime
from liveportrait.dataset.generators.folder import FolderConfig
from liveportrait.dataset.generators.protocol import (
    DocumentGeneratorConfig,
    LiveGeneratorConfig,
    LiveMethod,
)
from liveportrait.dataset.generators.text_to_image.profiles import ProfileName
from liveportrait.dataset.measuring.faces import FaceMeasuringConfig
from liveportrait.dataset.running.config import Checks, PictureSettings, Recipe
from liveportrait.errors import SettingError

_USUAL = Recipe()

Unprefixed = tyro.conf.arg(name="")
FilePath = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]
FolderPath = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentalOptions:
    """Methods a and p, which nobody ran on their real weights yet, and documents from words.

    Models without a folder come from the cache of the Hugging Face hub, and into it where there is network
    and they may be had; the rest are given as files.
    """

    profile: ProfileName = "flux2-klein-4b"
    """What draws documents from words."""
    document_model: FolderPath = None
    """A copy of that model, in the layout of diffusers."""
    accept_licences: tuple[str, ...] = ()
    """By name; an error says which are needed, and what they forbid."""
    arc2face_recogniser: FilePath = None
    """arcface.onnx of FoivosPar/Arc2Face, for method a."""
    arc2face: FolderPath = None
    """A copy of FoivosPar/Arc2Face."""
    stable_diffusion: FolderPath = None
    """A copy of Stable Diffusion 1.5."""
    pulid: FilePath = None
    """pulid_flux_v0.9.1.safetensors of guozinan/PuLID, for method p; so are the next two."""
    edge_adapter: FilePath = None
    """flux1-canny-dev-lora.safetensors of black-forest-labs."""
    pulid_recogniser: FilePath = None
    """glintr100.onnx of InsightFace's antelopev2."""
    eva: FolderPath = None
    """The folder of EVA02_CLIP_L_336_psz14_s6B.pt of QuanSun/EVA-CLIP."""
    flux: FolderPath = None
    """A copy of FLUX.1 [dev], in the layout of diffusers."""
    drawing: DiffusionRuntime = field(default_factory=DiffusionRuntime)

    def text_to_image(self) -> DocumentGeneratorConfig:
        from liveportrait.dataset.generators.text_to_image.generator import TextToImageConfig

        return TextToImageConfig(
            profile=self.profile,
            folder=self.document_model,
            accept_licences=self.accept_licences,
            runtime=self.drawing,
        )

    def arc2face_on_stable_diffusion(self) -> LiveGeneratorConfig:
        from liveportrait.dataset.generators.arc2face.generator import Arc2FaceExperimentalConfig

        recogniser = _needed(self.arc2face_recogniser, "a", "--arc2face-recogniser")
        return Arc2FaceExperimentalConfig(
            recogniser=recogniser,
            folder=self.arc2face,
            base_folder=self.stable_diffusion,
            accept_licences=self.accept_licences,
            runtime=self.drawing,
        )

    def pulid_on_flux(self) -> LiveGeneratorConfig:
        from liveportrait.dataset.generators.pulid.generator import PulidExperimentalConfig

        return PulidExperimentalConfig(
            pulid=_needed(self.pulid, "p", "--pulid"),
            edge_adapter=_needed(self.edge_adapter, "p", "--edge-adapter"),
            recogniser=_needed(self.pulid_recogniser, "p", "--pulid-recogniser"),
            eva_folder=self.eva,
            flux_folder=self.flux,
            accept_licences=self.accept_licences,
            runtime=self.drawing,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorOptions:
    """Who makes and measures the images."""

    documents: Literal["files", "words"] = "files"
    """Where documents come from: files that the plan names, or a model that draws them from words."""
    methods: tuple[LiveMethod, ...] = ("e",)
    """Which of the planned live images are made: e animates the document, a is Arc2Face, p is PuLID."""
    animation: Annotated[AnimationConfig, Unprefixed] = field(default_factory=AnimationConfig)
    experimental: Annotated[ExperimentalOptions, Unprefixed] = field(default_factory=ExperimentalOptions)
    measuring: Annotated[FaceMeasuringConfig, Unprefixed] = field(default_factory=FaceMeasuringConfig)

    def of_documents(self) -> DocumentGeneratorConfig:
        return FolderConfig() if self.documents == "files" else self.experimental.text_to_image()

    def of_live_images(self) -> tuple[LiveGeneratorConfig, ...]:
        return tuple(self._live(method) for method in self.methods)

    def tell_terms(self) -> None:
        """Of the model that animates documents, where that is wanted."""
        if "e" in self.methods:
            tell_terms(self.animation.model)

    def _live(self, method: LiveMethod) -> LiveGeneratorConfig:
        match method:
            case "e":
                return self.animation
            case "a":
                return self.experimental.arc2face_on_stable_diffusion()
            case "p":
                return self.experimental.pulid_on_flux()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeOptions:
    """What comes out. A folder keeps to what it was begun with."""

    generators: Annotated[GeneratorOptions, Unprefixed] = field(default_factory=GeneratorOptions)
    pictures: Annotated[PictureSettings, Unprefixed] = field(default_factory=PictureSettings)
    checks: Checks = field(default_factory=Checks)
    document_licence: str = _USUAL.document_licence
    """Of documents that are files: an SPDX identifier or LicenseRef-..., which goes into every row."""
    shard_identities: int = _USUAL.shard_identities
    """Identities in a shard: what one worker does in one go, and one tar file holds."""
    batch_size: int = _USUAL.batch_size
    """Live images of one person that are drawn at once; more than 1 is for GPUs."""
    most_attempts: int = _USUAL.most_attempts
    """Tries for an image whose making is random, or broke for no fault of the document."""

    def recipe(self) -> Recipe:
        return Recipe(
            documents=self.generators.of_documents(),
            live=self.generators.of_live_images(),
            measuring=self.generators.measuring,
            pictures=self.pictures,
            checks=self.checks,
            document_licence=self.document_licence,
            shard_identities=self.shard_identities,
            batch_size=self.batch_size,
            most_attempts=self.most_attempts,
        )


def _needed(path: Path | None, method: str, option: str) -> Path:
    if path is None:
        raise SettingError(f"Method {method} needs {option}.")
    return path
