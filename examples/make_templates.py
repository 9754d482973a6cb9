"""Makes the motion templates of this folder; a model that is trained anew takes new ones.

`talking` is read off `driving.mp4`. The others are drawn with the sliders: curves over time, on the
motion of `astronaut.jpg`, which relative motion takes away again.

    python examples/make_templates.py
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from liveportrait import Animator, Edit, MotionTemplate, read_image, save_template, template_of
from liveportrait.motion.editing import edit_motion
from liveportrait.motion.state import Motion, concatenate

HERE: Final = Path(__file__).parent
FPS: Final = Fraction(25)
SECONDS: Final = 4.0

Curve = Callable[[float], float]
"""A slider's value at a time in seconds."""


def bump(start: float, length: float, height: float) -> Curve:
    """Rises and falls once, smoothly."""

    def value(seconds: float) -> float:
        phase = (seconds - start) / length
        return height * math.sin(math.pi * phase) ** 2 if 0 < phase < 1 else 0.0

    return value


def swing(start: float, length: float, height: float, *, times: int) -> Curve:
    """Goes to and fro, fading in and out."""
    envelope = bump(start, length, height)
    return lambda seconds: envelope(seconds) * math.sin(2 * math.pi * times * (seconds - start) / length)


DRAWN: Final[Mapping[str, Mapping[str, Curve]]] = {
    "nod_and_shake": {
        "pitch_deg": swing(0.0, 2.0, 12.0, times=2),
        "yaw_deg": swing(2.0, 2.0, 18.0, times=2),
    },
    "expressions": {
        "smile": bump(0.0, 1.2, 1.0),
        "brow": bump(1.0, 1.0, 1.0),
        "blink": bump(1.9, 0.5, 1.0),
        "mouth_open": bump(2.3, 0.9, 0.8),
        "pout": bump(3.1, 0.9, 1.0),
    },
}


def drawn(base: Motion, curves: Mapping[str, Curve], animator: Animator) -> Motion:
    """The base with each slider at its curve's value, frame by frame."""
    times = [float(index / FPS) for index in range(int(SECONDS * FPS))]
    edits = (Edit(**{name: curve(seconds) for name, curve in curves.items()}) for seconds in times)
    return concatenate([edit_motion(base, edit, animator.model.space) for edit in edits])


def main() -> None:
    """Write all templates beside this file."""
    animator = Animator.load()
    note = "made by this project, nobody's performance"
    save_template(template_of(animator, HERE / "driving.mp4", note=note), HERE / "talking.safetensors")
    base = animator.prepare(read_image(HERE / "astronaut.jpg").image).head.motion
    for name, curves in DRAWN.items():
        template = MotionTemplate(
            model_id=animator.model.space.model_id,
            fps=FPS,
            motion=drawn(base, curves, animator),
            note=note,
        )
        save_template(template, HERE / f"{name}.safetensors")


if __name__ == "__main__":
    main()
