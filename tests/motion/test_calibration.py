"""Calibration finds the directions that synthetic frames were made with."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy import ndarray

from liveportrait.errors import SettingError
from liveportrait.motion.calibration import Calibration, fit_expression_space
from liveportrait.motion.space import SliderName

NUM_FRAMES, NUM_KEYPOINTS = 2000, 12
LIP_POINTS, EYE_POINTS = (0, 1, 2), (3, 4)
NEEDED = ("first_eye_open", "second_eye_open", "lip_open")


@dataclass(frozen=True)
class Samples:
    """Frames of a made-up model whose directions are known."""

    neutral: ndarray
    directions: dict[str, ndarray]
    signals: dict[str, ndarray]
    expression: ndarray

    def fit(self, *names: str) -> Calibration:
        signals = {name: self.signals[name] for name in (*self.signals.keys(), *names)}
        clip_ids = np.arange(NUM_FRAMES) // 100
        return fit_expression_space(self.expression, signals, clip_ids=clip_ids, model_id="made up")


def direction(numbers: np.random.Generator, points: tuple[int, ...]) -> ndarray:
    values = np.zeros((NUM_KEYPOINTS, 3))
    values[list(points)] = numbers.normal(size=(len(points), 3)) * 0.05
    return values


@pytest.fixture
def samples() -> Samples:
    """Eyes open at 0.3 and blink now and then, one of them also alone; smiles part the lips."""
    numbers = np.random.default_rng(0)
    blink = np.clip(numbers.normal(-1.2, 1, NUM_FRAMES), 0, 1)
    wink = np.clip(numbers.normal(-1.5, 1, NUM_FRAMES), 0, 1)
    smile = np.clip(numbers.normal(0, 0.4, NUM_FRAMES), 0, 1)
    lips = np.clip(numbers.normal(0, 0.2, NUM_FRAMES), 0, 0.6) + 0.2 * smile
    gaze = np.clip(numbers.normal(0, 0.4, NUM_FRAMES), -1, 1)
    signals = {
        "first_eye_open": 0.3 * (1 - np.maximum(blink, wink)),
        "second_eye_open": 0.3 * (1 - blink),
        "lip_open": lips,
        "smile": smile,
        "gaze_x": gaze,
    }
    directions = {
        "first_eye_open": direction(numbers, EYE_POINTS[:1]),
        "second_eye_open": direction(numbers, EYE_POINTS[1:]),
        "lip_open": direction(numbers, LIP_POINTS),
        "smile": direction(numbers, LIP_POINTS),
        "gaze_right": direction(numbers, EYE_POINTS),
        "gaze_left": direction(numbers, EYE_POINTS),
    }
    neutral = numbers.normal(size=(NUM_KEYPOINTS, 3)) * 0.02
    parts = {
        "first_eye_open": signals["first_eye_open"] - 0.3,
        "second_eye_open": signals["second_eye_open"] - 0.3,
        "lip_open": lips,
        "smile": smile,
        "gaze_right": np.maximum(gaze, 0),
        "gaze_left": np.maximum(-gaze, 0),
    }
    expression = neutral + sum(parts[name][:, None, None] * directions[name] for name in parts)
    expression = expression + numbers.normal(size=expression.shape) * 0.0005
    return Samples(neutral, directions, signals, expression)


def cosine(first: torch.Tensor, second: ndarray) -> float:
    return float(torch.cosine_similarity(first.flatten(), torch.from_numpy(second).float().flatten(), dim=0))


def test_each_slider_leads_where_the_frames_were_made_to_go(samples: Samples) -> None:
    space, known = samples.fit().space, samples.directions
    both_eyes = -known["first_eye_open"] - known["second_eye_open"]
    assert cosine(space.slider("blink").positive, both_eyes) > 0.98
    assert cosine(space.slider("wink").positive, -known["first_eye_open"]) > 0.98
    assert cosine(space.slider("smile").positive, known["smile"]) > 0.98
    assert cosine(space.slider("mouth_open").positive, known["lip_open"]) > 0.98


def test_each_side_has_its_own_direction(samples: Samples) -> None:
    gaze = samples.fit().space.slider("gaze_x")
    assert cosine(gaze.positive, samples.directions["gaze_right"]) > 0.98
    assert cosine(gaze.negative, samples.directions["gaze_left"]) > 0.98


def test_a_full_blink_closes_the_eyes_as_far_as_was_seen(samples: Samples) -> None:
    blink = samples.fit().space.slider("blink").positive.numpy()
    closed = -0.3 * (samples.directions["first_eye_open"] + samples.directions["second_eye_open"])
    np.testing.assert_allclose(blink, closed, atol=2e-3)


def test_the_neutral_face_is_found_and_outliers_do_not_matter(samples: Samples) -> None:
    samples.expression[::50] += 3.0
    np.testing.assert_allclose(samples.fit().space.neutral_expression.numpy(), samples.neutral, atol=5e-3)


def test_correlations_tell_where_the_expression_follows(
    samples: Samples,
) -> None:
    samples.signals["brow"] = np.random.default_rng(1).normal(size=NUM_FRAMES)
    fits = {fit.name: fit for fit in samples.fit().fits}
    for name in ("blink", "wink", "smile", "mouth_open", "gaze_x"):
        assert fits[name].correlation > 0.95, fits[name]
    assert abs(fits["brow"].correlation) < 0.2
    assert fits["smile"].mirrored and not fits["gaze_x"].mirrored


def test_a_side_that_was_not_seen_mirrors_the_other(samples: Samples) -> None:
    smile = samples.fit().space.slider("smile")
    assert torch.equal(smile.negative, -smile.positive)


def test_a_mouth_that_was_never_seen_pressed_is_hardly_pressed(samples: Samples) -> None:
    opening = samples.fit().space.slider("mouth_open")
    assert torch.allclose(opening.negative, -0.2 * opening.positive)


@pytest.mark.parametrize("name", ["brow", "pout"])
def test_a_signal_that_is_not_seen_gives_no_slider(samples: Samples, name: SliderName) -> None:
    samples.signals["brow"] = np.zeros(NUM_FRAMES)
    space = samples.fit().space
    with pytest.raises(SettingError, match="has no slider"):
        space.slider(name)


def test_lips_and_eyes_are_the_points_that_their_sliders_move(samples: Samples) -> None:
    space = samples.fit().space
    lips, eyes = space.lip_mask[:, 0].nonzero().flatten(), space.eye_mask[:, 0].nonzero().flatten()
    assert set(lips.tolist()) <= set(LIP_POINTS) and len(lips) > 0
    assert set(eyes.tolist()) == set(EYE_POINTS)


@pytest.mark.parametrize(
    ("signals", "message"),
    [
        ({"lip_open": np.zeros(50)}, "needs the signals"),
        (
            {"first_eye_open": np.zeros(50), "second_eye_open": np.zeros(50), "lip_open": np.zeros(49)},
            "each of 50",
        ),
        (dict.fromkeys(("first_eye_open", "second_eye_open", "lip_open"), np.full(50, np.nan)), "finite"),
        (dict.fromkeys(("first_eye_open", "second_eye_open", "lip_open", "ears"), np.zeros(50)), "knows"),
    ],
)
def test_samples_that_do_not_fit_are_refused(signals: dict[str, ndarray], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        fit_expression_space(np.zeros((50, 4, 3)), signals, clip_ids=np.zeros(50, int), model_id="made up")


def test_too_few_calm_frames_are_refused() -> None:
    eyes = np.linspace(0.1, 0.3, 12)
    signals = {"first_eye_open": eyes, "second_eye_open": eyes, "lip_open": eyes}
    with pytest.raises(SettingError, match="calibrate on more"):
        fit_expression_space(np.zeros((12, 4, 3)), signals, clip_ids=np.zeros(12, int), model_id="made up")
