"""The published edge adapter has a place in FLUX for each of its tensors, as diffusers names them today."""

import json
import math
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxControlPipeline, FluxTransformer2DModel  # pyright: ignore[reportPrivateImportUsage]
from torch import Tensor, nn

MANIFEST = Path(__file__).with_name("flux1_control_lora.json")
"""Names and shapes of the adapters of FLUX.1 for edges and for depth, which are alike; so are the 19 double
blocks, and the 38 single ones. They are those of FLUX.1-Depth-dev-lora as InvokeAI's tests list them
(`flux_control_lora_format.py` at 41664f8); the file for edges itself was not seen, and has in bf16 the
1.24 GB that these numbers come to."""


def published() -> dict[str, Tensor]:
    """Without values."""
    tensors: dict[str, Tensor] = {}
    for name, shape in json.loads(MANIFEST.read_text()).items():
        names = {name.format(double=index % 19, single=index) for index in range(38)}
        tensors |= {each: torch.empty(shape, device="meta") for each in names}
    return tensors


def test_every_published_tensor_has_its_place_and_shape() -> None:
    adapter = published()
    assert len(adapter) == 1094
    assert 2 * sum(math.prod(tensor.shape) for tensor in adapter.values()) == 1_244_252_288
    with torch.device("meta"):
        flux = FluxTransformer2DModel(guidance_embeds=True)
    linear = {name: part for name, part in flux.named_modules() if isinstance(part, nn.Linear)}
    expected = {
        f"{name}.weight": part.weight.shape for name, part in flux.named_modules() if ".norm_" in name
    }
    for name, part in linear.items():
        # Noise and edges side by side.
        num_inputs = part.in_features * (2 if name == "x_embedder" else 1)
        expected[f"{name}.lora_B.bias"] = torch.Size([part.out_features])
        expected[name] = torch.Size([part.out_features, num_inputs])

    found: dict[str, torch.Size] = {}
    prefixed: Any = FluxControlPipeline.lora_state_dict(adapter)
    loaded = {name.removeprefix("transformer."): tensor for name, tensor in prefixed.items()}
    for name, tensor in loaded.items():
        if name.endswith(".lora_A.weight"):
            stem = name.removesuffix(".lora_A.weight")
            widened = loaded[f"{stem}.lora_B.weight"] @ tensor
            found[stem] = widened.shape
        elif not name.endswith(".lora_B.weight"):
            found[name] = tensor.shape

    assert found == expected
