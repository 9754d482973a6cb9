"""What a maker of pictures is told, hands out, and says of the models that it used.

A picture that cannot be made is an error that says whether another try may help:

- `GenerationError`: this draw went wrong; the same request with another seed may succeed.
- `NoFaceError`, `ManyFacesError`, `MediaError`: the document is at fault, and stays so.
- `WeightsError`, `EngineUnavailableError`, `SettingError`: nothing can be made here at all.

Everything else that is raised is a fault of ours, which the run records just the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from liveportrait.arrays import BoxXYXY, FrameRGB
from liveportrait.dataset.schema.images import ModelRef
from liveportrait.dataset.schema.parameters import AnimationParameters, Composition
from liveportrait.errors import LivePortraitError

LiveMethod: TypeAlias = Literal["e", "a", "p"]
"""Of FLUXSynID's file names: `e` animates the document, `a` is Arc2Face, `p` is PuLID with edges."""


class GenerationError(LivePortraitError):
    """This draw failed; another seed may succeed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneratedImage:
    """A picture, and what its maker knows of it."""

    frame: FrameRGB
    redrawn_xyxy: BoxXYXY | None = None
    """Around the part that differs from the document; None where all of the picture is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRequest:
    """One document image as it was planned."""

    identity_id: str
    seed: int
    """0..2^63 - 1; the attempt is mixed into it already."""
    prompt: str = ""
    guidance: float | None = None
    """None leaves it to the generator."""
    path: Path | None = None
    """The file, where documents are taken and not drawn."""


@runtime_checkable
class DocumentGenerator(Protocol):
    """Makes document images; the same request gives the same picture on the same machine."""

    @property
    def models(self) -> tuple[ModelRef, ...]:
        """All weights that have a part in its pictures; with hashes, so that a record can be replayed."""
        ...

    def draw(self, request: DocumentRequest) -> GeneratedImage: ...

    def close(self) -> None:
        """Let go of memory and devices."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiveRequest:
    """One live image as it was planned."""

    image_id: str
    seed: int
    """0..2^63 - 1; the attempt is mixed into it already."""
    parameters: AnimationParameters | None = None
    """What the animation does to the document; None for the methods that draw anew, as the next."""
    composition: Composition | None = None
    prompt: str = ""
    guide: FrameRGB | None = None
    """The `e` image of the same slot, whose pose and edges method `p` follows; None for the others."""


@runtime_checkable
class Sitter(Protocol):
    """One person, with all that is known before the first live image is made."""

    def draw(self, requests: Sequence[LiveRequest]) -> list[GeneratedImage]:
        """One picture for each request, in order; all or an error."""
        ...


@runtime_checkable
class LiveGenerator(Protocol):
    """Makes live images; the same document and request give the same picture on the same machine."""

    @property
    def method(self) -> LiveMethod: ...

    @property
    def models(self) -> tuple[ModelRef, ...]: ...

    def prepare(self, document: FrameRGB) -> Sitter:
        """Look at the document once.

        Raises:
            NoFaceError: when the document shows no face.
            ManyFacesError: when it shows several.
        """
        ...

    def close(self) -> None:
        """Let go of memory and devices."""
        ...


@runtime_checkable
class DocumentGeneratorConfig(Protocol):
    """A frozen dataclass of plain values: it travels to workers, and its values make the config's digest."""

    def open(self) -> DocumentGenerator:
        """Load what is needed, in the process that calls.

        Raises:
            WeightsError, EngineUnavailableError, SettingError: when nothing can be made here.
        """
        ...


@runtime_checkable
class LiveGeneratorConfig(Protocol):
    """The same for live images."""

    @property
    def method(self) -> LiveMethod: ...

    def open(self) -> LiveGenerator:
        """Load what is needed, in the process that calls; raises as `DocumentGeneratorConfig.open`."""
        ...
