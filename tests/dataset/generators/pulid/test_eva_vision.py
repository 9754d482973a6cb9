"""EVA-CLIP's picture half computes what the publisher's code computes, and takes its file."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from liveportrait.dataset.generators.pulid.eva_vision import (
    EvaConfig,
    EvaVision,
    load_eva,
    renamed,
)
from liveportrait.errors import WeightsError
from tests.golden import make_eva
from tests.golden.make_pulid import rule_weights

MANIFEST = Path(__file__).with_name("eva02_clip_l_336.json")
"""Names and shapes of the published file's picture half; its 24 layers are alike."""

SMALL = EvaConfig(
    image_size_px=make_eva.IMAGE_SIZE_PX,
    width=make_eva.WIDTH,
    num_heads=make_eva.NUM_HEADS,
    num_layers=make_eva.NUM_LAYERS,
    hidden_width=int(make_eva.WIDTH * make_eva.MLP_RATIO),
    output_width=make_eva.OUTPUT_WIDTH,
)


def published() -> dict[str, Tensor]:
    with np.load(make_eva.FILE, allow_pickle=False) as golden:
        shapes = {
            str(name): tuple(map(int, str(shape).split()))
            for name, shape in zip(golden["names"], golden["shapes"], strict=True)
        }
    return rule_weights(shapes)


def test_vectors_and_tokens_are_those_of_the_published_code() -> None:
    network = EvaVision(SMALL).eval()
    network.load_state_dict(renamed(published()))

    with torch.inference_mode():
        seen = network(make_eva.image())

    with np.load(make_eva.FILE, allow_pickle=False) as golden:
        assert_close(seen.pooled, torch.from_numpy(golden["pooled"]), rtol=1e-4, atol=1e-4)
        assert_close(
            torch.stack(seen.scales)[..., ::4], torch.from_numpy(golden["scales"]), rtol=1e-4, atol=1e-4
        )
    assert seen.pooled.std() > 0.1  # else anything would agree


def test_every_published_tensor_has_its_place_and_shape() -> None:
    shapes: dict[str, list[int]] = {}
    for name, shape in json.loads(MANIFEST.read_text()).items():
        shapes |= {name.format(layer=layer): shape for layer in range(24)}
    with torch.device("meta"):
        ours = EvaVision(EvaConfig()).state_dict()
        theirs = renamed({name: torch.empty(shape) for name, shape in shapes.items()})

    assert len(shapes) == 512
    assert {name: value.shape for name, value in theirs.items()} == {
        name: value.shape for name, value in ours.items()
    }


def test_text_and_tables_of_the_file_are_left_out_and_a_lack_is_named(tmp_path: Path) -> None:
    path = tmp_path / "eva.pt"
    tensors = published()
    extra = {"text.positional_embedding": torch.zeros(2), "visual.rope.freqs_cos": torch.zeros(2)}
    torch.save(tensors | extra | {"logit_scale": torch.zeros(())}, path)
    network = load_eva(path, config=SMALL, dtype=torch.float16, device=torch.device("cpu"))
    assert torch.equal(network.class_token, tensors["visual.cls_token"].half())

    del tensors["visual.blocks.3.attn.q_bias"]
    torch.save(tensors, path)
    with pytest.raises(WeightsError, match=r"missing: layers.3.to_query.bias"):
        load_eva(path, config=SMALL, dtype=torch.float32, device=torch.device("cpu"))


class Trap:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('unpickled')",))


def test_a_file_that_would_run_code_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "eva.pt"
    torch.save(published() | {"trap": Trap()}, path)
    with pytest.raises(WeightsError, match="was not opened: such a file can run code"):
        load_eva(path, config=SMALL, dtype=torch.float32, device=torch.device("cpu"))
