"""How a source follows its driver."""

from dataclasses import dataclass
from typing import Literal

from liveportrait.choices import check_choices
from liveportrait.errors import SettingError
from liveportrait.motion.regions import Region
from liveportrait.motion.transfer import MotionMode

DrivingOption = Literal["expression-friendly", "pose-friendly"]
LipControl = Literal["driven", "normalized", "retargeted"]
EyeControl = Literal["driven", "steadied", "retargeted"]

LARGEST_MULTIPLIER = 5.0
"""Far above what still looks like a face."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSettings:
    """How the source follows the driver."""

    motion: MotionMode = "relative"
    """relative adds the driver's movement since the anchor to the source; absolute takes it as it is."""
    region: Region = "all"
    """What of the source's head moves."""
    driving_option: DrivingOption = "pose-friendly"
    """expression-friendly moves the keypoints by the driver's movement since the anchor instead of to
    where the driver has them. Relative motion does so anyway: there the two are the same."""
    driving_multiplier: float = 1.0
    """How far from the source to the driven keypoints: 0 is the source, above 1 exaggerates, up to 5."""
    stitching: bool = True
    """Keep the shoulders in place, so that the crop fits back into its frame."""
    lips: LipControl = "driven"
    """normalized closes open lips of the source first; retargeted follows the driver's opening alone."""
    eyes: EyeControl = "driven"
    """steadied holds a source video's own blinks open; retargeted follows the driver's opening alone."""

    def __post_init__(self) -> None:
        check_choices(self)
        if not 0 <= self.driving_multiplier <= LARGEST_MULTIPLIER:
            raise SettingError(
                f"The driving multiplier is {self.driving_multiplier}; give 0 to {LARGEST_MULTIPLIER:g}."
            )
        if self.lips == "normalized" and self.motion == "absolute":
            raise SettingError(
                "Lip normalisation belongs to relative motion: choose motion='relative' or lips='driven'."
            )
        if self.retargets and (self.lips == "normalized" or self.eyes == "steadied"):
            raise SettingError(
                f"lips={self.lips!r} and eyes={self.eyes!r} exclude each other: retargeting replaces the "
                "offsets of normalized lips and steadied eyes. Set the other one to 'driven'."
            )

    @property
    def retargets(self) -> bool:
        """Whether eyes or lips follow the driver's opening. In relative motion nothing else moves then."""
        return "retargeted" in (self.lips, self.eyes)
