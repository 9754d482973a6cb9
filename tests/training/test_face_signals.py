import numpy as np
import pytest
from numpy.testing import assert_allclose

from liveportrait.face.loading import load_face_landmarker
from liveportrait.motion.movements import SIGNALS
from liveportrait.training.face_signals import face_signals
from liveportrait.training.shards import Shard


def test_every_signal_that_a_slider_can_be_fitted_to_is_measured(drawn_shards: tuple[Shard, ...]) -> None:
    shard = drawn_shards[0]
    signals = face_signals(shard.landmarks, size_px=256, landmarker=load_face_landmarker())
    assert signals.keys() == SIGNALS
    assert all(
        signal.shape == (shard.num_frames,) and np.isfinite(signal).all() for signal in signals.values()
    )


def test_a_mouth_that_opens_wider_is_more_open(drawn_shards: tuple[Shard, ...]) -> None:
    shut = drawn_shards[0].landmarks[:1].copy()
    shut[0, 14] = shut[0, 13]
    open_wide = shut.copy()
    width = np.linalg.norm(shut[0, 61, :2] - shut[0, 291, :2])
    open_wide[0, 14, 1] += width / 2
    track = np.concatenate([shut, open_wide])
    signals = face_signals(track, size_px=256, landmarker=load_face_landmarker())
    assert_allclose(signals["lip_open"], [0.0, 0.5], atol=1e-3)


def test_signals_do_not_depend_on_the_size_of_the_crop(drawn_shards: tuple[Shard, ...]) -> None:
    landmarker, track = load_face_landmarker(), drawn_shards[0].landmarks[:2]
    small, large = (face_signals(track, size_px=size, landmarker=landmarker) for size in (256, 512))
    for name in ("lip_open", "first_eye_open", "gaze_x"):
        assert small[name] == pytest.approx(large[name], abs=1e-4)
