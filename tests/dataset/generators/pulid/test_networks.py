"""PuLID's networks compute what the publisher's code computes from the same weights."""

import numpy as np
import torch
from torch.testing import assert_close

from liveportrait.dataset.generators.pulid.id_former import FaceFeatures, IdFormerConfig
from liveportrait.dataset.generators.pulid.loading import PulidNetworkConfig, PulidNetworks, renamed
from tests.golden import make_pulid

SMALL = PulidNetworkConfig(
    id_former=IdFormerConfig(
        width=make_pulid.WIDTH,
        num_heads=make_pulid.NUM_HEADS,
        head_width=make_pulid.HEAD_WIDTH,
        output_width=make_pulid.OUTPUT_WIDTH,
    ),
    num_attentions=1,
    image_width=make_pulid.IMAGE_WIDTH,
    num_heads=make_pulid.NUM_HEADS,
    head_width=make_pulid.HEAD_WIDTH,
)


def test_tokens_and_additions_are_those_of_the_published_code() -> None:
    with np.load(make_pulid.FILE, allow_pickle=False) as golden:
        expected = {name: torch.from_numpy(golden[name]) for name in ("tokens", "addition")}
        shapes = {
            str(name): tuple(map(int, str(shape).split()))
            for name, shape in zip(golden["names"], golden["shapes"], strict=True)
        }
    networks = PulidNetworks(SMALL).eval()
    networks.load_state_dict(renamed(make_pulid.rule_weights(shapes)))
    vector, scales, image = make_pulid.inputs()

    with torch.inference_mode():
        tokens = networks.id_former(FaceFeatures(vector, scales))
        addition = networks.attentions[0](image, tokens)

    assert_close(tokens, expected["tokens"], rtol=1e-4, atol=1e-4)
    assert_close(addition, expected["addition"], rtol=1e-4, atol=1e-4)
    assert expected["tokens"].std() > 0.1  # else anything would agree
