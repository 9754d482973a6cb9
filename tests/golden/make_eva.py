"""Remake tests/golden/eva.npz: what the publisher's own code makes of rule-made weights.

    python -m tests.golden.make_eva PULID

PULID is a checkout of github.com/ToTheBeginning/PuLID, which has the code of EVA-CLIP (MIT) in it; it
was commit 1aa2fc7df4bf51080df39f355f9abdc1cbfefbaa. That code needs einops, timm and torchvision,
which nothing else here does: remake the golden in an environment of its own.
"""

import importlib
import sys
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tests.golden.make_pulid import rule_weights
from tests.networks.rule_weights import rule_tensor

FILE = Path(__file__).with_name("eva.npz")

IMAGE_SIZE_PX, WIDTH, NUM_HEADS, NUM_LAYERS, OUTPUT_WIDTH = 56, 32, 2, 22, 12
MLP_RATIO = 2.6667


def image() -> Tensor:
    """Two pictures, as if normalised."""
    return rule_tensor("image", (2, 3, IMAGE_SIZE_PX, IMAGE_SIZE_PX), scale=2.0)


def main() -> None:
    """Compute and write."""
    sys.path.insert(0, sys.argv[1])
    published = importlib.import_module("eva_clip.eva_vit_model")
    network = published.EVAVisionTransformer(
        img_size=IMAGE_SIZE_PX,
        patch_size=14,
        num_classes=OUTPUT_WIDTH,
        use_mean_pooling=False,
        embed_dim=WIDTH,
        depth=NUM_LAYERS,
        num_heads=NUM_HEADS,
        mlp_ratio=MLP_RATIO,
        qkv_bias=True,
        drop_path_rate=0,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        rope=True,
        pt_hw_seq_len=16,
        intp_freq=True,
        naiveswiglu=True,
        subln=True,
    ).eval()
    shapes = {
        f"visual.{name}": tuple(value.shape)
        for name, value in network.state_dict().items()
        if "rope." not in name
    }
    weights = {name.removeprefix("visual."): value for name, value in rule_weights(shapes).items()}
    network.load_state_dict(weights, strict=False)  # but for the tables of positions
    with torch.inference_mode():
        pooled, scales = network(image(), return_hidden=True)
    np.savez_compressed(
        FILE,
        pooled=pooled.numpy(),
        scales=torch.stack(scales)[..., ::4].numpy(),
        names=np.array(list(shapes)),
        shapes=np.array([" ".join(map(str, shape)) for shape in shapes.values()]),
    )


if __name__ == "__main__":
    main()
