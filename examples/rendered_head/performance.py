"""What the head does: poses and expressions over time, from a near-neutral face and back to it."""

from typing import NamedTuple

import numpy as np

from rendered_head.mesh import HeadPose

Keys = list[tuple[float, float]]
"""Times in seconds and values; a smooth curve runs through them."""

FRAMES_PER_SECOND = 25
SECONDS = 4.0


class Moment(NamedTuple):
    """One frame of it."""

    expression: dict[str, float]
    pose: HeadPose


def talking(t: float) -> Moment:
    """Two sentences, blinks, raised brows, a smile, and the head in all directions."""
    jaw = _speech(t, begin=0.34, end=1.75) + _speech(t, begin=2.05, end=3.2)
    round_lips = _curve(
        t, [(0.5, 0), (0.65, 0.6), (0.8, 0), (1.3, 0), (1.45, 0.7), (1.6, 0), (2.5, 0), (2.62, 0.6), (2.8, 0)]
    )
    wide_lips = _curve(t, [(0.8, 0), (1.0, 0.5), (1.2, 0), (2.1, 0), (2.3, 0.5), (2.5, 0)])
    smile = _curve(t, [(2.7, 0), (3.15, 0.8), (3.5, 0.8), (3.9, 0.0)])
    brows = _curve(t, [(0.35, 0), (0.6, 0.9), (1.0, 0.7), (1.3, 0), (2.0, 0), (2.2, 0.6), (2.6, 0)])
    expression = _both_sides(
        eyeBlink=_blinks(t, [0.8, 1.66, 3.1]),
        mouthSmile=smile,
        cheekSquint=0.5 * smile,
        browInnerUp=brows,
        browOuterUp=0.7 * brows,
        mouthStretch=wide_lips,
        mouthLowerDown=0.5 * jaw,
        mouthUpperUp=0.25 * jaw,
    )
    expression |= {"jawOpen": 0.62 * jaw, "mouthFunnel": round_lips, "mouthPucker": 0.4 * round_lips}
    pose = HeadPose(
        yaw_deg=_curve(t, [(0.3, 0), (1.1, 20), (1.5, 16), (2.35, -20), (2.8, -14), (3.9, 0)]),
        pitch_deg=_curve(
            t, [(0.2, 0), (0.6, 5), (1.3, -4), (1.8, 10), (2.4, -2), (2.9, -10), (3.4, 2), (3.9, 0)]
        ),
        roll_deg=_curve(t, [(0.3, 0), (1.0, 6), (1.9, -2), (2.6, -6), (3.9, 0)]),
    )
    return Moment(expression, pose)


def _speech(t: float, *, begin: float, end: float) -> float:
    """Syllables: four and a half a second, none like the one before."""
    if not begin < t < end:
        return 0.0
    envelope = np.sin(np.pi * (t - begin) / (end - begin)) ** 0.5
    syllable = 0.5 - 0.5 * np.cos(2 * np.pi * 4.5 * (t - begin))
    stress = 0.65 + 0.35 * np.cos(2 * np.pi * 1.163 * (t - 1.12))
    return float(envelope * syllable * stress)


def _blinks(t: float, times: list[float]) -> float:
    """Shut within 80 ms, open again within 140."""
    closing = [np.clip(1 + (t - at) / 0.08, 0, 1) * np.clip(1 - (t - at - 0.04) / 0.14, 0, 1) for at in times]
    return float(max(closing))


def _curve(t: float, keys: Keys) -> float:
    times, values = np.array(keys).T
    if not times[0] < t < times[-1]:
        return float(values[0] if t <= times[0] else values[-1])
    after = int(np.searchsorted(times, t))
    share = (t - times[after - 1]) / (times[after] - times[after - 1])
    return float(values[after - 1] + (values[after] - values[after - 1]) * share * share * (3 - 2 * share))


def _both_sides(**weights: float) -> dict[str, float]:
    return {f"{name}_{side}": weight for name, weight in weights.items() for side in "LR"}
