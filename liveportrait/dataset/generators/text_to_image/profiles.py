"""Which models draw documents, how each wants to be asked, and who may use it.

The default is FLUX.2 [klein] 4B: Apache-2.0, the smallest of all (16 GB), four steps, and by the guides
of others to be had without an account. Its sister of 9B is another matter: non-commercial, and as
FLUX.1 [dev] not for biometric processing (the table of models and LICENSE-FLUX-DEV of github.com/black-
forest-labs/flux2). Z-Image-Turbo is as free, but its users find that another seed hardly changes the
face, and that it draws people of some origins unsteadily (Tongyi-MAI/Z-Image, issues 16 and 71); every
identity here needs a face of its own. FLUX.1 [schnell] is free too and asks for an account on the hub.
FLUX.1 [dev] is FLUXSynID's; its licence forbids biometric processing of what it draws. None of them has
been run here: how varied their faces are is to be measured.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from liveportrait.dataset.generators.hub_models import HubModel
from liveportrait.dataset.generators.pulid.models import FLUX_DEV

ProfileName: TypeAlias = Literal[
    "flux2-klein-4b", "flux1-schnell", "z-image-turbo", "flux1-dev", "flux2-klein-9b"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """By which a copy of a model is known."""

    pipeline: str
    """The pipeline's class."""
    takes_guidance: bool = False
    """Whether its transformer does. FLUX.1 [schnell] and [dev] differ in it alone."""
    text_width: int | None = None
    """Of the words that the transformer takes, which tells the sizes of FLUX.2 [klein]; None where one size
    is all there is."""

    def fit(self, found: "Marks") -> bool:
        """Whether a copy with those marks is this model's."""
        same = (self.pipeline, self.takes_guidance) == (found.pipeline, found.takes_guidance)
        return same and self.text_width in (None, found.text_width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model, and how its publisher calls it."""

    model: HubModel
    marks: Marks
    num_steps: int
    guidance: float | None = None
    """None for models that were distilled to take none."""
    prompt_tokens: int = 512
    """The longest prompt."""
    size_multiple_px: int = 16


PROFILES: dict[ProfileName, Profile] = {
    "flux2-klein-4b": Profile(
        model=HubModel(
            id="black-forest-labs/FLUX.2-klein-4B",
            revision="e7b7dc27f91deacad38e78976d1f2b499d76a294",
            licence="Apache-2.0",
            terms="https://huggingface.co/black-forest-labs/FLUX.2-klein-4B",
        ),
        marks=Marks(pipeline="Flux2KleinPipeline", text_width=7680),
        num_steps=4,
    ),
    "flux1-schnell": Profile(
        model=HubModel(
            id="black-forest-labs/FLUX.1-schnell",
            revision="741f7c3ce8b383c54771c7003378a50191e9efe9",
            licence="Apache-2.0",
            terms="https://huggingface.co/black-forest-labs/FLUX.1-schnell",
        ),
        marks=Marks(pipeline="FluxPipeline"),
        num_steps=4,
        prompt_tokens=256,
    ),
    "z-image-turbo": Profile(
        model=HubModel(
            id="Tongyi-MAI/Z-Image-Turbo",
            revision="f332072aa78be7aecdf3ee76d5c247082da564a6",
            licence="Apache-2.0",
            terms="https://huggingface.co/Tongyi-MAI/Z-Image-Turbo",
        ),
        marks=Marks(pipeline="ZImagePipeline"),
        num_steps=9,
    ),
    # Steps and the middle of the guidance are FLUXSynID's.
    "flux1-dev": Profile(
        model=FLUX_DEV,
        marks=Marks(pipeline="FluxPipeline", takes_guidance=True),
        num_steps=20,
        guidance=2.1,
    ),
    "flux2-klein-9b": Profile(
        model=HubModel(
            id="black-forest-labs/FLUX.2-klein-9B",
            revision=None,
            licence="LicenseRef-FLUX-Non-Commercial",
            restrictions=FLUX_DEV.restrictions,
            terms="sections 2 and 4 of model_licenses at https://github.com/black-forest-labs/flux2",
        ),
        marks=Marks(pipeline="Flux2KleinPipeline", text_width=12288),
        num_steps=4,
    ),
}
