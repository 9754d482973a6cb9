"""What looks at finished images, as the run knows it."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from jaxtyping import Float32
from numpy import ndarray

from liveportrait.arrays import FrameRGB
from liveportrait.dataset.embeddings import Recogniser
from liveportrait.dataset.schema.images import FaceFigures, ModelRef

PersonVector: TypeAlias = Float32[ndarray, "_d"]
"""What a recogniser makes of one face, of unit length: its direction is the person."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """One image, looked at."""

    figures: FaceFigures
    person: PersonVector | None
    """None where no face was found, or nobody asks who it is."""


@runtime_checkable
class Measurer(Protocol):
    """Looks at images; the same image gives the same figures on the same machine."""

    @property
    def models(self) -> tuple[ModelRef, ...]: ...

    def measure(self, frame: FrameRGB, *, document: PersonVector | None) -> Measurement:
        """The figures; `document` is the person that the image should show, where there is one."""
        ...


@runtime_checkable
class MeasurerConfig(Protocol):
    """A frozen dataclass of plain values: it travels to workers, and its values make the config's digest."""

    @property
    def vectors_by(self) -> Recogniser | None:
        """Who makes the persons' vectors; None where nobody does."""
        ...

    def open(self) -> Measurer:
        """Load what is needed, in the process that calls.

        Raises:
            WeightsError: when weights are missing; it says what to install.
        """
        ...
