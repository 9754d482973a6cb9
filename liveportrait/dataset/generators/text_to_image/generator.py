"""Documents by a text-to-image pipeline of diffusers."""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from liveportrait.dataset.generators.diffusion import DiffusionRuntime, frames_of, place
from liveportrait.dataset.generators.hub_models import (
    check_accepted,
    find_files,
    reference,
    require_files,
)
from liveportrait.dataset.generators.packages import Pipeline, import_diffusers
from liveportrait.dataset.generators.protocol import DocumentRequest, GeneratedImage
from liveportrait.dataset.generators.seeding import noise_generator
from liveportrait.dataset.generators.text_to_image.copies import model_of_copy
from liveportrait.dataset.generators.text_to_image.profiles import PROFILES, Profile, ProfileName
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.errors import SettingError, WeightsError

NO_GUIDANCE = 1.0
"""What every pipeline takes for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextToImageConfig:
    """Draw each document from its prompt."""

    profile: ProfileName = "flux2-klein-4b"
    folder: Path | None = None
    """A copy of the model in the layout of diffusers; None takes the hub's cache, and fills it."""
    accept_licences: tuple[str, ...] = ()
    """By name; an error says which there are, and what they forbid."""
    num_steps: int | None = None
    """None takes the profile's."""
    size_px: int = 1024
    """Of each side."""
    runtime: DiffusionRuntime = field(default_factory=DiffusionRuntime)

    def __post_init__(self) -> None:
        multiple = PROFILES[self.profile].size_multiple_px
        if self.size_px < multiple or self.size_px % multiple:
            raise SettingError(f"The size is {self.size_px}; give a multiple of {multiple} pixels.")
        if self.num_steps is not None and self.num_steps < 1:
            raise SettingError(f"num_steps is {self.num_steps}; give 1 or more, or leave it out.")

    def open(self) -> "TextToImage":
        profile = PROFILES[self.profile]
        check_accepted((profile.model,), self.accept_licences)
        folder = find_files(profile.model, self.folder)
        model = profile.model if self.folder is None else model_of_copy(folder, profile)
        pipeline = load_pipeline(folder, profile=profile, dtype=self.runtime.dtype(published="bf16"))
        place(pipeline, self.runtime)
        return TextToImage(pipeline, self, models=(reference(model, folder),))


def load_pipeline(folder: Path, *, profile: Profile, dtype: torch.dtype) -> Pipeline:
    """Whatever text-to-image pipeline the folder holds, on the CPU; pickles in it are not opened."""
    require_files(folder, ("model_index.json",), model=profile.model)
    diffusers = import_diffusers()
    try:
        return diffusers.AutoPipelineForText2Image.from_pretrained(folder, dtype=dtype, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, KeyError) as fault:
        raise WeightsError(
            f"{folder} holds no whole pipeline of {profile.model.id}: {fault}. Fetch it again."
        ) from fault


class TextToImage:
    """A `DocumentGenerator` over a pipeline that takes a prompt."""

    def __init__(
        self, pipeline: Pipeline, config: TextToImageConfig, *, models: tuple[ModelRef, ...]
    ) -> None:
        self._pipeline, self._config, self._models = pipeline, config, models
        self._profile = PROFILES[config.profile]

    @property
    def models(self) -> tuple[ModelRef, ...]:
        return self._models

    @torch.inference_mode()
    def draw(self, request: DocumentRequest) -> GeneratedImage:
        if not request.prompt:
            raise SettingError(
                f"The identity {request.identity_id} has no prompt to be drawn from. Write them first: "
                "liveportrait dataset prompts."
            )
        # By name: the first place is the prompt's in one pipeline and a picture's in another.
        drawn = self._pipeline(
            prompt=request.prompt,
            generator=noise_generator(request.seed),
            guidance_scale=self._guidance(request),
            num_inference_steps=self._config.num_steps or self._profile.num_steps,
            max_sequence_length=self._profile.prompt_tokens,
            height=self._config.size_px,
            width=self._config.size_px,
            output_type="pt",
        )
        return GeneratedImage(frame=frames_of(drawn.images)[0])

    def close(self) -> None:
        del self._pipeline

    def _guidance(self, request: DocumentRequest) -> float:
        if self._profile.guidance is not None:
            return self._profile.guidance if request.guidance is None else request.guidance
        if request.guidance is not None:
            raise SettingError(
                f"Guidance {request.guidance} was asked for, and {self._profile.model.id} takes none. Plan "
                "without guidance, or choose the profile flux1-dev."
            )
        return NO_GUIDANCE
