"""The two networks that diffusers and transformers build today are those that Arc2Face was published as."""

import json
import math
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from liveportrait.dataset.generators.arc2face.loading import encoder_tensors

UNET = Path(__file__).with_name("arc2face_unet.json")
"""Names and shapes of `arc2face/diffusion_pytorch_model.safetensors`, derived from the architecture and not
read from the file: Stable Diffusion 1.5's UNet, which its card says it was tuned from. In fp32 these are
the 3.44 GB that the hub lists."""
ENCODER = Path(__file__).with_name("arc2face_encoder.json")
"""The same of `encoder/pytorch_model.bin`, by the settings of the published `encoder/config.json` (commit
2239a6f) and the names that transformers 4.34 wrote; its 12 layers are alike. The file has 492,308,829
bytes: these numbers in fp32, and 67 kB of a container."""


def shapes_in(path: Path) -> dict[str, list[int]]:
    shapes: dict[str, list[int]] = {}
    for name, shape in json.loads(path.read_text()).items():
        shapes |= {name.format(layer=layer): shape for layer in range(12)}
    return shapes


def shapes_of(tensors: dict[str, Tensor]) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in tensors.items()}


def num_bytes(shapes: dict[str, list[int]]) -> int:
    return 4 * sum(map(math.prod, shapes.values()))


def test_every_published_tensor_of_the_unet_has_its_place_and_shape() -> None:
    published = shapes_in(UNET)
    with torch.device("meta"):
        ours = UNet2DConditionModel(cross_attention_dim=768).state_dict()

    assert shapes_of(ours) == published
    assert (len(published), num_bytes(published)) == (686, 3_438_083_856)


def test_every_published_tensor_of_the_encoder_has_its_place_and_shape() -> None:
    published = shapes_in(ENCODER)
    config = CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
    )
    with torch.device("meta"):
        theirs = {name: torch.empty(shape) for name, shape in published.items()}
        ours = CLIPTextModel(config).state_dict()

    assert shapes_of(encoder_tensors(theirs)) == shapes_of(ours)
    assert (len(published), num_bytes(published)) == (196, 492_241_920)


def test_counted_out_positions_of_older_files_are_left_out() -> None:
    positions = {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    assert encoder_tensors(positions) == {}
