"""A driver in, a motion template out."""

from liveportrait.animation.drivers import FilmedDriver
from liveportrait.animation.phases import PhaseProgress, silently
from liveportrait.animation.settings import Role, SquareChoice
from liveportrait.animator import Animator
from liveportrait.choices import check_choice
from liveportrait.media.opening import open_source
from liveportrait.media.paths import AnyPath
from liveportrait.media.resampling import ConstantRateSource
from liveportrait.motion.template import MotionTemplate


def template_of(
    animator: Animator,
    driving: AnyPath,
    *,
    square: SquareChoice = "mean",
    note: str = "",
    progress: PhaseProgress = silently,
) -> MotionTemplate:
    """The motion of a driver at a constant rate; frames in which its face is not seen repeat the last one."""
    check_choice("square", square, SquareChoice)
    with open_source(driving) as opened:
        is_still = opened.info.num_frames == 1
        driver = FilmedDriver(pictures=opened if is_still else ConstantRateSource(opened, opened.info.fps))
        recording = driver.record(animator, Role(driving=driving), square=square, progress=progress)
    return recording.as_template(model_id=animator.model.space.model_id, note=note)
