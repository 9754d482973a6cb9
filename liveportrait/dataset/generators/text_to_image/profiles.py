"""Which models draw documents, how each wants to be asked, and who may use it.

The default is FLUX.2 [klein] 4B: Apache-2.0, the smallest of the four (16 GB), four steps, and by the
guides of others to be had without an account. Z-Image-Turbo is as free, but its users find that another
seed hardly changes the face, and that it draws people of some origins unsteadily (Tongyi-MAI/Z-Image,
issues 16 and 71); every identity here needs a face of its own. FLUX.1 [schnell] is free too and asks
for an account on the hub. FLUX.1 [dev] is FLUXSynID's; its licence forbids biometric processing of what
it draws. None of them has been run here: how varied their faces are is to be measured.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from liveportrait.dataset.generators.hub_models import HubModel
from liveportrait.dataset.generators.pulid.models import FLUX_DEV

ProfileName: TypeAlias = Literal["flux2-klein-4b", "flux1-schnell", "z-image-turbo", "flux1-dev"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model, and how its publisher calls it."""

    model: HubModel
    marks: tuple[str, bool]
    """By which a copy is known: its pipeline's class, and whether its transformer takes a guidance. FLUX.1
    [schnell] and [dev] differ in the latter alone."""
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
        marks=("Flux2KleinPipeline", False),
        num_steps=4,
    ),
    "flux1-schnell": Profile(
        model=HubModel(
            id="black-forest-labs/FLUX.1-schnell",
            revision="741f7c3ce8b383c54771c7003378a50191e9efe9",
            licence="Apache-2.0",
            terms="https://huggingface.co/black-forest-labs/FLUX.1-schnell",
        ),
        marks=("FluxPipeline", False),
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
        marks=("ZImagePipeline", False),
        num_steps=9,
    ),
    # Steps and the middle of the guidance are FLUXSynID's.
    "flux1-dev": Profile(model=FLUX_DEV, marks=("FluxPipeline", True), num_steps=20, guidance=2.1),
}
