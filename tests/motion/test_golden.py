"""The motion functions give what they gave when their goldens were made."""

import numpy as np

from tests.golden.make_motion import FILE, compute


def test_keypoints_are_those_of_the_goldens() -> None:
    outputs = compute()
    with np.load(FILE, allow_pickle=False) as goldens:
        assert set(goldens.files) == set(outputs)
        for name in goldens.files:
            np.testing.assert_allclose(
                outputs[name].numpy(), goldens[name], rtol=1e-4, atol=2e-6, err_msg=name
            )
