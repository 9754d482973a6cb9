"""Remake tests/golden/pulid.npz: what the publisher's own code makes of rule-made weights.

    python -m tests.golden.make_pulid PULID

PULID is a checkout of github.com/ToTheBeginning/PuLID (Apache-2.0), of which one file is imported
and nothing is kept; it was commit 1aa2fc7df4bf51080df39f355f9abdc1cbfefbaa.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tests.networks.rule_weights import rule_tensor

FILE = Path(__file__).with_name("pulid.npz")

WIDTH, OUTPUT_WIDTH, IMAGE_WIDTH = 32, 16, 24
NUM_HEADS, HEAD_WIDTH = 4, 8


def rule_weights(shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Values of published names that any machine makes alike."""
    return {name: _rule_weight(name, shape) for name, shape in shapes.items()}


def inputs() -> tuple[Tensor, tuple[Tensor, ...], Tensor]:
    """A face's vector, its tokens at five depths, and image tokens of FLUX."""
    scales = tuple(rule_tensor(f"scale_{number}", (2, 7, 1024)) for number in range(5))
    return rule_tensor("vector", (2, 1280)), scales, rule_tensor("image", (2, 9, IMAGE_WIDTH))


def main() -> None:
    """Compute and write."""
    published = _module(Path(sys.argv[1]) / "pulid" / "encoders_transformer.py")
    encoder = published.IDFormer(
        dim=WIDTH, depth=10, dim_head=HEAD_WIDTH, heads=NUM_HEADS, output_dim=OUTPUT_WIDTH
    )
    attention = published.PerceiverAttentionCA(
        dim=IMAGE_WIDTH, dim_head=HEAD_WIDTH, heads=NUM_HEADS, kv_dim=OUTPUT_WIDTH
    )
    shapes = {}
    for prefix, network in (("pulid_encoder.", encoder), ("pulid_ca.0.", attention)):
        own = {prefix + name: tuple(value.shape) for name, value in network.state_dict().items()}
        weights = rule_weights(own)
        network.load_state_dict({name.removeprefix(prefix): value for name, value in weights.items()})
        shapes |= own
    vector, scales, image = inputs()
    with torch.inference_mode():
        tokens = encoder.eval()(vector, list(scales))
        addition = attention.eval()(tokens, image)
    np.savez_compressed(
        FILE,
        tokens=tokens.numpy(),
        addition=addition.numpy(),
        names=np.array(list(shapes)),
        shapes=np.array([" ".join(map(str, shape)) for shape in shapes.values()]),
    )


def _rule_weight(name: str, shape: tuple[int, ...]) -> Tensor:
    """Matrices keep the size of what they are given, norms stay near the identity."""
    if len(shape) > 1:
        return rule_tensor(name, shape, scale=(6 / shape[-1]) ** 0.5)
    centre = 1.0 if name.endswith("weight") else 0.0
    return centre + rule_tensor(name, shape, scale=0.1)


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("published_pulid", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
