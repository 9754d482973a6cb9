"""The driver's zero, where all of the driver is known."""

from liveportrait.animation.recording import Recording
from liveportrait.animator import Animator
from liveportrait.errors import NoFaceError
from liveportrait.motion.anchor import AnchorChoice, choose_anchor
from liveportrait.motion.regions import SourceKind
from liveportrait.motion.state import Motion


def anchor_for(
    animator: Animator, recording: Recording, choice: AnchorChoice, *, source_kind: SourceKind
) -> Motion:
    """The chosen frame's motion; a single picture counts from the model's neutral expression."""
    if recording.is_still:
        return animator.still_anchor(recording.motion, source_kind=source_kind)
    row = choose_anchor(recording.motion, recording.openings, choice=_row_choice(recording, choice))
    return recording.motion[row]


def _row_choice(recording: Recording, choice: AnchorChoice) -> AnchorChoice:
    """A frame number as the number of its row in the motion."""
    if isinstance(choice, str):
        return choice
    row = recording.sightings[choice].row if 0 <= choice < recording.num_frames else None
    if row is None:
        raise NoFaceError(
            f"Frame {choice} was asked for as the anchor; of the driver's {recording.num_frames} frames "
            "choose one with a face, 'first' or 'auto'."
        )
    return row
