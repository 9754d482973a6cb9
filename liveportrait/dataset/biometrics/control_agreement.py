"""What was asked of live images against what is measured on them, beside their documents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from liveportrait.dataset.people import Person
from liveportrait.dataset.schema.images import FaceFigures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControlAgreement:
    """One control over all live images that have it."""

    control: str
    measured: str
    """What was measured: of an angle the change from the document."""
    is_in_units_of_request: bool
    """Whether 1 asked should be 1 measured; else the slope has a unit of its own."""
    requested_values: Float64[ndarray, "n"]
    measured_values: Float64[ndarray, "n"]

    @property
    def num(self) -> int:
        return len(self.requested_values)

    @property
    def slope(self) -> float:
        """Of the least-squares line; 1 where what is asked is what comes."""
        wanted, came = self._centred()
        spread = float(wanted @ wanted)
        return float(wanted @ came) / spread if spread > 0 else float("nan")

    @property
    def correlation(self) -> float:
        """Pearson's; nan where nothing varies."""
        wanted, came = self._centred()
        spread = float(wanted @ wanted) * float(came @ came)
        return float(wanted @ came) / spread**0.5 if spread > 0 else float("nan")

    @property
    def mean_distance(self) -> float:
        """Mean of |measured - requested|."""
        return (
            float(np.abs(self.measured_values - self.requested_values).mean()) if self.num else float("nan")
        )

    def _centred(self) -> tuple[Float64[ndarray, "n"], Float64[ndarray, "n"]]:
        if not self.num:
            return self.requested_values, self.measured_values
        return (
            self.requested_values - self.requested_values.mean(),
            self.measured_values - self.measured_values.mean(),
        )


def control_agreements(people: Iterable[Person]) -> list[ControlAgreement]:
    """The angles, and the openings of eyes and lips where they were asked for."""
    values: list[list[tuple[float, float]]] = [[] for _ in _CONTROLS]
    for person in people:
        document = None if person.document is None else person.document.face
        for image in person.live:
            parameters, face = image.planned.parameters, image.face
            if parameters is None or face is None:
                continue
            for found, control in zip(values, _CONTROLS, strict=True):
                came = control.measure(face, document)
                wanted = getattr(parameters, control.parameter)
                if wanted is not None and came is not None:
                    found.append((wanted, came))
    return [
        ControlAgreement(
            control=control.parameter,
            measured=control.measured,
            is_in_units_of_request=control.parameter == control.figure,
            requested_values=np.array([pair[0] for pair in found], dtype=np.float64),
            measured_values=np.array([pair[1] for pair in found], dtype=np.float64),
        )
        for found, control in zip(values, _CONTROLS, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Control:
    parameter: str
    """A field of `AnimationParameters`."""
    figure: str
    """A field of `FaceFigures`."""
    since: Literal["document", "zero"]
    """What the figure is counted from: most controls change what the document shows."""

    @property
    def measured(self) -> str:
        return f"change of {self.figure}" if self.since == "document" else self.figure

    def measure(self, face: FaceFigures, document: FaceFigures | None) -> float | None:
        after = getattr(face, self.figure)
        if self.since == "zero":
            return after
        before = document and getattr(document, self.figure)
        return None if after is None or before is None else after - before


_CONTROLS = (
    *(
        _Control(parameter=name, figure=name, since="document")
        for name in ("pitch_deg", "yaw_deg", "roll_deg")
    ),
    *(_Control(parameter=name, figure=name, since="zero") for name in ("eye_open_ratio", "lip_open_ratio")),
    _Control(parameter="mouth_open", figure="lip_open_ratio", since="document"),
    _Control(parameter="blink", figure="eye_open_ratio", since="document"),
)
